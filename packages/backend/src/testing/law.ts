/**
 * Module 3.33 — Laws: what every device must do, as functions over a subject.
 *
 * A law looks at the device through its subject, which compares, makes counterexamples small and
 * keeps account of what was looked at: nothing a law does is left out of the report.
 */
import type { DType } from "@mt/operators";
import fc from "fast-check";
import type { Backend } from "../backend.ts";
import { slotsOf } from "../structure.ts";
import { validateProgram } from "../validate.ts";
import type { Account } from "./account.ts";
import { agrees, type Comparison, compare } from "./compare.ts";
import { Difference, dtypeOf } from "./difference.ts";
import { type Allowance, exact } from "./distance.ts";
import { reduceTrial } from "./reduce.ts";
import type { Statement } from "./statement.ts";
import { programOf, type Trial } from "./trial.ts";

/** A device under test, what it is compared with, and what may be asked of it. */
export interface Subject {
  readonly backend: Backend;
  readonly reference: Backend;
  /** The element types that both know and that are to be tested. */
  readonly dtypes: readonly DType[];
  readonly stated: Statement;
  /** Random trials per law. */
  readonly runs: number;
  readonly seed: number;
  /** Whether mistakes are made small, and looked for in every dtype; otherwise the first will do. */
  readonly shrink: boolean;
  /** The law that is being checked. */
  readonly law: string;
  readonly account: Account;
}
export interface Law {
  readonly name: string;
  readonly check: (subject: Subject) => Promise<void>;
}

/** Laws that look at the device in ways of their own: where they find nothing, they hold. */
export const direct = (laws: readonly Law[]): readonly Law[] =>
  laws.map(({ name, check }) => ({
    name,
    check: async (subject) => {
      await check(subject);
      subject.account.held();
    },
  }));

/** Whether a trial asks for no more than the device offers. */
export function fits(trial: Trial, backend: Backend): boolean {
  const { buffersPerKernel, outputsPerKernel, bytesPerBuffer } = backend.limits;
  return (
    programOf(trial, backend).slots.every(({ bytes }) => bytes <= bytesPerBuffer) &&
    trial.kernels.every((kernel) => {
      const { reads, stores } = slotsOf(kernel);
      const buffers = new Set([...reads, ...stores]).size;
      return buffers <= buffersPerKernel && stores.length <= outputsPerKernel;
    })
  );
}
/** Whether a device runs a trial's kernels as they stand. */
export const claims = (backend: Backend, trial: Trial): boolean =>
  trial.kernels.every((kernel) => backend.claims(kernel));

function isProgram(trial: Trial, reference: Backend): boolean {
  try {
    validateProgram(programOf(trial, reference), reference);
    return true;
  } catch {
    return false;
  }
}

async function tell(
  { backend, reference, account, law, shrink }: Subject,
  trial: Trial,
  first: Comparison,
  allowed: Allowance,
): Promise<Difference> {
  const threw = (x: Comparison): boolean => x.found === null;
  const isWrong = async (one: Trial): Promise<boolean> => {
    if (!isProgram(one, reference) || !claims(backend, one) || !fits(one, backend)) return false;
    const comparison = await compare(backend, reference, one, allowed);
    return !agrees(comparison) && threw(comparison) === threw(first);
  };
  const small = shrink ? await reduceTrial(trial, isWrong) : trial;
  const comparison = await compare(backend, reference, small, allowed);
  const steady = !agrees(comparison); // a device may be wrong at times only
  const difference = steady
    ? new Difference(backend, small, comparison, allowed, law)
    : new Difference(backend, trial, first, allowed, law);
  account.failed(difference.trial, difference.dtype, difference);
  return difference;
}

/** Holds the device to the reference on one trial; the first mistake in a dtype is told. */
export async function agree(
  subject: Subject,
  trial: Trial,
  allowed: Allowance = exact,
): Promise<void> {
  const { backend, reference, account, shrink } = subject;
  if (!fits(trial, backend) || (!shrink && account.failures.length > 0)) return;
  const comparison = await compare(backend, reference, trial, allowed);
  if (agrees(comparison)) account.passed(trial, comparison.ulp);
  else if (!account.isTold(dtypeOf(trial, comparison)))
    await tell(subject, trial, comparison, allowed);
}

/**
 * The same on random trials of some dtypes. After a mistake it goes on with the other dtypes, so
 * that the report tells which of them are concerned.
 */
export async function agreeOn(
  subject: Subject,
  trials: (dtypes: readonly DType[]) => fc.Arbitrary<Trial>,
  dtypes: readonly DType[] = subject.dtypes,
): Promise<void> {
  const { backend, reference, runs: numRuns, seed, account, shrink } = subject;
  for (let left = dtypes; left.length > 0; ) {
    const outcome = await fc.check(
      fc.asyncProperty(trials(left), async (trial) => {
        fc.pre(fits(trial, backend)); // a filter would ask fc.gen() for the same trial for ever
        if (!claims(backend, trial)) {
          account.declined(trial);
          return true;
        }
        const comparison = await compare(backend, reference, trial);
        if (agrees(comparison)) account.passed(trial, 0);
        return agrees(comparison);
      }),
      { numRuns, seed, endOnFailure: !shrink },
    );
    const [trial] = outcome.counterexample ?? [];
    if (!outcome.failed || !trial) return;
    const comparison = await compare(backend, reference, trial);
    const { dtype } = await tell(subject, trial, comparison, exact);
    const others = left.filter((x) => x !== dtype);
    left = shrink && others.length < left.length ? others : [];
  }
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
