/**
 * Module 3.17b — The reference device where code must not be generated, as a page's Content Security
 * Policy may have it: formulas are walked. Slow, with the same bits; whoever needs it asks for it.
 */
import type { Backend } from "../backend.ts";
import { deviceOfLoops, type ReferenceOptions } from "./device.ts";
import { interpretLoop } from "./interpret.ts";

/**
 * A new reference device that generates no code.
 * @example
 * interpretedBackend().name; // "reference"
 */
export const interpretedBackend = ({ name = "reference" }: ReferenceOptions = {}): Backend =>
  deviceOfLoops(name, interpretLoop);
