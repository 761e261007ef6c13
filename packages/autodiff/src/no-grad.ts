/**
 * Module 1.4 — Computing without remembering.
 *
 * Inside `noGrad` values are computed and nothing is recorded: for measuring a trained model, and
 * for updating parameters. It holds for Scalars and tensors alike.
 */
import { asynchronousNoGrad } from "./errors.ts";

let recording = true;

/** Whether operations remember how they were computed. */
export const isRecording = (): boolean => recording;

/**
 * What `compute` returns, with nothing recorded meanwhile.
 * @throws AutodiffError if `compute` is asynchronous: what runs after its first `await` would be
 * recorded again.
 * @example
 * const x = Scalar.of(3, { requiresGrad: true });
 * noGrad(() => x.mul(2)).requiresGrad; // false
 */
export function noGrad<R>(compute: () => R): R {
  const before = recording;
  recording = false;
  try {
    const result = compute();
    if (result instanceof Promise) {
      result.catch(() => {}); // it is reported here, and must not be reported again as unhandled
      throw asynchronousNoGrad();
    }
    return result;
  } finally {
    recording = before;
  }
}
