/**
 * Module 3.29 — A device's mistake, told so that its author can run it.
 */
import { type DType, isFloat } from "@mt/operators";
import type { Backend } from "../backend.ts";
import { agrees, type Comparison, compare } from "./compare.ts";
import { type Allowance, distance, exact } from "./distance.ts";
import { snippet } from "./snippet.ts";
import { type Trial, trialText } from "./trial.ts";

/** Longer tests, of mistakes that need much data, are not part of the message. */
const longest = 16_000;

/** The dtype of the elements that are wrong; of the first result, where the device threw. */
export const dtypeOf = (trial: Trial, { mismatch }: Comparison): DType =>
  mismatch?.dtype ?? trial.slots.find(({ role }) => role === "result")?.dtype ?? "f32";

const headOf = (name: string, { thrown, mismatch }: Comparison, allowed: Allowance): string => {
  if (!mismatch) return `"${name}" threw ${String(thrown)}`;
  const { slot, element, found, expected, dtype } = mismatch;
  const off = distance(found, expected, dtype);
  const apart = isFloat(dtype) && off < 1e6 ? `, ${off.toPrecision(3)} ulp away` : "";
  const bound = allowed.absolute ? `an error of ${allowed.absolute}` : `${allowed.ulp} ulp`;
  const stated = allowed.stated ? ` (${allowed.stated} allows ${bound})` : "";
  return `s${slot}[${element}] is ${found} on "${name}" and must be ${expected}${apart}${stated}`;
};

/** A device's mistake: what differs, the program, and a test that shows it. */
export class Difference extends Error {
  override readonly name = "Difference";
  readonly trial: Trial;
  readonly dtype: DType;
  /** TypeScript to paste into a test of the device. */
  readonly snippet: string;

  constructor(
    backend: Backend,
    trial: Trial,
    comparison: Comparison,
    allowed: Allowance,
    law: string,
  ) {
    const code = snippet(backend, trial, comparison, allowed, law);
    const head = headOf(backend.name, comparison, allowed);
    const shown = code.length > longest ? `${code.length} characters long: see snippet` : code;
    super(`${head}:\n${trialText(trial)}\n\nAs a test:\n\n${shown}`);
    this.trial = trial;
    this.dtype = dtypeOf(trial, comparison);
    this.snippet = code;
  }
}

/** @throws Difference where a device gives something else than the one it is held to. */
export async function compareTrial(
  backend: Backend,
  reference: Backend,
  trial: Trial,
  allowed: Allowance = exact,
): Promise<void> {
  const comparison = await compare(backend, reference, trial, allowed);
  if (!agrees(comparison)) throw new Difference(backend, trial, comparison, allowed, "a trial");
}
