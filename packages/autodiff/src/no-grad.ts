/**
 * Module 1.4 — Computing without remembering.
 *
 * Inside `noGrad` values are computed and nothing is recorded: for measuring a trained model, and
 * for updating parameters. It holds for Scalars and tensors alike.
 */
import { notAtOnce } from "./errors.ts";

let recording = true;

/** Whether operations remember how they were computed. */
export const isRecording = (): boolean => recording;

function during<R>(mode: boolean, compute: () => R, operation: string): R {
  if (typeof compute !== "function") throw notAtOnce(operation, typeof compute);
  const before = recording;
  recording = mode;
  try {
    const result = compute();
    if (result instanceof Promise) {
      result.catch(() => {}); // it is reported here, and must not be reported again as unhandled
      throw notAtOnce(operation, "async one: the rest is recorded. Split it at await");
    }
    return result;
  } finally {
    recording = before;
  }
}

/**
 * What `compute` returns, with nothing recorded meanwhile.
 * @throws AutodiffError if `compute` is no function, or is asynchronous: what runs after its first
 * `await` would be recorded again.
 * @example
 * const x = Scalar.of(3, { requiresGrad: true });
 * noGrad(() => x.mul(2)).requiresGrad; // false
 */
export const noGrad = <R>(compute: () => R): R => during(false, compute, "noGrad");

/**
 * What `compute` returns, recorded even inside `noGrad`.
 * @throws AutodiffError if `compute` is no function, or is asynchronous.
 * @example
 * const x = Scalar.of(3, { requiresGrad: true });
 * noGrad(() => enableGrad(() => x.mul(2))).requiresGrad; // true
 */
export const enableGrad = <R>(compute: () => R): R => during(true, compute, "enableGrad");
