/**
 * Module 3.31 — What was looked at, and what came of it: one account per law.
 */
import type { DType } from "@mt/operators";
import { type Access, accessesOf } from "./access.ts";
import type { Trial } from "./trial.ts";

/**
 * "tolerated": right within what the device states, but not to the bit. "not claimed": the device
 * leaves these kernels to others. "not run": the law asks for what the device says it lacks.
 */
export type Outcome = "passed" | "tolerated" | "not claimed" | "failed" | "not run";

/** What came of the trials of one kind. */
export interface Cell {
  readonly outcome: Outcome;
  readonly trials: number;
  /** The largest error that was tolerated, in units of the last place. */
  readonly ulp: number;
}

class Tally {
  trials: number = 0;
  declined: number = 0;
  failures: number = 0;
  ulp: number = 0;

  cell(): Cell {
    const { trials, declined, failures, ulp } = this;
    const outcome =
      failures > 0
        ? "failed"
        : trials > 0
          ? ulp > 0
            ? "tolerated"
            : "passed"
          : declined > 0
            ? "not claimed"
            : "not run";
    return { outcome, trials, ulp };
  }
}

const cellsOf = <K extends string>(tallies: ReadonlyMap<K, Tally>): { readonly [N in K]?: Cell } =>
  Object.fromEntries(Array.from(tallies, ([name, tally]) => [name, tally.cell()])) as {
    [N in K]?: Cell;
  };

export class Account {
  readonly #whole = new Tally();
  readonly #dtypes = new Map<DType, Tally>();
  readonly #accesses = new Map<Access, Tally>();
  readonly failures: unknown[] = [];
  #skipped: boolean = false;

  #each(dtypes: Iterable<DType>, accesses: Iterable<Access>, change: (tally: Tally) => void): void {
    const of = <K>(tallies: Map<K, Tally>, name: K): Tally => {
      const tally = tallies.get(name) ?? new Tally();
      tallies.set(name, tally);
      return tally;
    };
    change(this.#whole);
    for (const dtype of dtypes) change(of(this.#dtypes, dtype));
    for (const access of accesses) change(of(this.#accesses, access));
  }
  #ofTrial(trial: Trial, change: (tally: Tally) => void): void {
    this.#each(new Set(trial.slots.map(({ dtype }) => dtype)), accessesOf(trial), change);
  }

  /** A trial that came out right, with the largest error that was tolerated. */
  passed(trial: Trial, ulp: number): void {
    this.#ofTrial(trial, (tally) => {
      tally.trials++;
      tally.ulp = Math.max(tally.ulp, ulp);
    });
  }
  declined(trial: Trial): void {
    this.#ofTrial(trial, (tally) => void tally.declined++);
  }
  /** A trial that came out wrong in elements of `dtype`. */
  failed(trial: Trial, dtype: DType, error: unknown): void {
    this.failures.push(error);
    this.#each([dtype], accessesOf(trial), (tally) => void tally.failures++);
  }
  /** Whether a mistake in elements of this dtype is known. */
  isTold(dtype: DType): boolean {
    return (this.#dtypes.get(dtype)?.failures ?? 0) > 0;
  }
  /** The law asks for something the device says it does not do. */
  skipped(): void {
    this.#skipped = true;
  }
  /** A law without trials holds. */
  held(): void {
    if (!this.#skipped) this.#whole.trials++;
  }
  /** A law has thrown. */
  threw(error: unknown): void {
    this.failures.push(error);
    this.#whole.failures++;
  }

  whole(): Cell {
    return this.#whole.cell();
  }
  dtypes(): { readonly [D in DType]?: Cell } {
    return cellsOf(this.#dtypes);
  }
  accesses(): { readonly [A in Access]?: Cell } {
    return cellsOf(this.#accesses);
  }
}
