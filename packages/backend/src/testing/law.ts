/**
 * Module 3.26 — Laws: what every device must do, as functions that throw where it does not.
 */
import type { DType } from "@mt/operators";
import fc from "fast-check";
import type { Backend } from "../backend.ts";
import { slotsOf } from "../structure.ts";
import { compareTrial, exact, type Tolerance, type Trial } from "./trial.ts";

/** What is promised about a device, and how hard to look. */
export interface Conditions {
  /** How far transcendental functions and long sums of floats may be off. */
  readonly tolerance: Tolerance;
  /** Whether NaN, infinities and subnormal numbers behave as IEEE 754 says. */
  readonly specials: boolean;
  /** Random trials per law. */
  readonly runs: number;
  readonly seed: number;
}
/** A device under test, what it is compared with, and what may be asked of it. */
export interface Subject extends Conditions {
  readonly backend: Backend;
  readonly reference: Backend;
  /** The element types both know. */
  readonly dtypes: readonly DType[];
}
export interface Law {
  readonly name: string;
  readonly check: (subject: Subject) => Promise<void>;
}

/** Whether a trial asks for no more than the device offers. */
export function fits(trial: Trial, { limits }: Backend): boolean {
  return trial.kernels.every((kernel) => {
    const { reads, stores } = slotsOf(kernel);
    const buffers = new Set([...reads, ...stores]).size;
    return buffers <= limits.buffersPerKernel && stores.length <= limits.outputsPerKernel;
  });
}

/** Compares the device with the reference on one trial. */
export const agree = (
  { backend, reference }: Subject,
  trial: Trial,
  tolerance: Tolerance = exact,
): Promise<void> => compareTrial(backend, reference, trial, tolerance);

/** Compares them on random trials; a failure is shrunk and told as a program. */
export async function agreeOn(
  subject: Subject,
  trials: fc.Arbitrary<Trial>,
  tolerance?: Tolerance,
): Promise<void> {
  const { backend, runs, seed } = subject;
  const fitting = trials.filter((trial) => fits(trial, backend));
  const outcome = await fc.check(
    fc.asyncProperty(fitting, (trial) => agree(subject, trial, tolerance)),
    { numRuns: runs, seed },
  );
  if (!outcome.failed) return;
  const { errorInstance: error, seed: used, counterexamplePath: path } = outcome;
  const cause = error instanceof Error ? error : new Error(String(error));
  throw new Error(`${cause.message}\n(seed ${used}, path "${path}")`, { cause });
}

/** @throws Error with `message` unless the condition holds. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** The action must throw a BackendError with this code, told by its structure. */
export async function mustThrow(what: string, code: string, action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { name, code: found } = error as { readonly name?: string; readonly code?: string };
    must(name === "BackendError", `${what} must throw a BackendError and threw ${String(error)}`);
    must(found === code, `${what} must throw code "${code}" and threw "${found}"`);
    return;
  }
  throw new Error(`${what} must throw a BackendError with code "${code}" and did not throw`);
}
