/** Module 3.17a — The reference device as it usually runs: each kernel is generated JavaScript. */
import { canGenerateCode } from "@mt/operators";
import type { Backend } from "../backend.ts";
import { codeForbidden } from "../errors.ts";
import { deviceOfLoops, type ReferenceOptions } from "./device.ts";
import { generateLoop } from "./generate.ts";

/**
 * A new reference device.
 * @throws BackendError where the host forbids generated code: there is `interpretedBackend()`.
 * @example
 * referenceBackend().name; // "reference"
 */
export function referenceBackend({ name = "reference" }: ReferenceOptions = {}): Backend {
  if (!canGenerateCode()) throw codeForbidden(name);
  return deviceOfLoops(name, generateLoop);
}
