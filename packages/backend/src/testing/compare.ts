/**
 * Module 3.27 — Where a device differs from the reference, and by how much.
 */
import { type DType, isFloat } from "@mt/operators";
import type { Backend } from "../backend.ts";
import { type Allowance, distance, exact, isNear } from "./distance.ts";
import { runTrial, type Trial } from "./trial.ts";

/** The first element that is not what it must be. */
export interface Mismatch {
  readonly slot: number;
  readonly dtype: DType;
  readonly element: number;
  readonly found: number;
  readonly expected: number;
}
/** What comparing one trial came to. */
export interface Comparison {
  readonly expected: readonly (readonly number[])[];
  /** Null where the device threw `thrown`. */
  readonly found: readonly (readonly number[])[] | null;
  readonly thrown?: unknown;
  readonly mismatch: Mismatch | null;
  /** The largest error that was allowed, in units of the last place. */
  readonly ulp: number;
}
export const agrees = ({ found, mismatch }: Comparison): boolean =>
  found !== null && mismatch === null;

/** Runs a trial on a device and on the one it is held to. */
export async function compare(
  backend: Backend,
  reference: Backend,
  trial: Trial,
  allowed: Allowance = exact,
): Promise<Comparison> {
  const expected = await runTrial(reference, trial);
  let found: readonly (readonly number[])[];
  try {
    found = await runTrial(backend, trial);
  } catch (thrown) {
    return { expected, found: null, thrown, mismatch: null, ulp: 0 };
  }
  let ulp = 0;
  const slots = trial.slots.flatMap((slot, i) => (slot.role === "result" ? [i] : []));
  for (const [k, slot] of slots.entries()) {
    const { dtype } = trial.slots[slot] as Trial["slots"][number];
    const column = expected[k] as readonly number[];
    for (const [element, y] of column.entries()) {
      const x = found[k]?.[element] as number;
      if (!isNear(x, y, dtype, allowed))
        return {
          expected,
          found,
          mismatch: { slot, dtype, element, found: x, expected: y },
          ulp,
        };
      if (x !== y && isFloat(dtype)) ulp = Math.max(ulp, distance(x, y, dtype));
    }
  }
  return { expected, found, mismatch: null, ulp };
}
