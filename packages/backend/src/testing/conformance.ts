/**
 * Module 3.34 — The conformance suite: what a device must do, as tests.
 *
 * The same laws hold every device, ours and yours, to the interpreter of the reference device. They
 * know no test runner: `conformance()` lists them, `conform` runs them all and `testBackend` hands
 * them to the `describe` and `it` of whichever runner there is.
 */
import { dtypeNames } from "@mt/operators";
import type { Backend } from "../backend.ts";
import { referenceBackend } from "../reference/device.ts";
import type { Conditions, Law, Subject } from "./law.ts";
import { accesses } from "./laws/accesses.ts";
import { claimedKernels } from "./laws/claimed.ts";
import { folds } from "./laws/folds.ts";
import { memory } from "./laws/memory.ts";
import { numbers } from "./laws/numbers.ts";
import { programs } from "./laws/programs.ts";
import { scatters } from "./laws/scatter.ts";
import { exact } from "./trial.ts";

/** A group of laws, as a test runner shows it. */
export interface Chapter {
  readonly name: string;
  readonly laws: readonly Law[];
}

/** All laws by chapter, in the order in which to make a new device obey them. */
export const conformance = (): readonly Chapter[] => [
  { name: "memory", laws: memory },
  { name: "accesses", laws: accesses },
  { name: "folds", laws: folds },
  { name: "scatter", laws: scatters },
  { name: "programs", laws: programs },
  { name: "numbers", laws: numbers },
  { name: "claimed kernels", laws: claimedKernels },
];

export interface ConformanceOptions extends Partial<Conditions> {
  /** Names of the chapters to run; all by default. */
  readonly chapters?: readonly string[];
}
const chosen = ({ chapters }: ConformanceOptions): readonly Chapter[] =>
  conformance().filter(({ name }) => chapters?.includes(name) ?? true);

/** A device ready to be tested. */
function subject(backend: Backend, options: ConformanceOptions): Subject {
  const reference = referenceBackend({ interpret: true });
  const dtypes = dtypeNames.filter((x) => backend.dtypes.has(x) && reference.dtypes.has(x));
  const conditions = { tolerance: exact, specials: true, runs: 60, seed: 20260101, ...options };
  return { backend, reference, dtypes, ...conditions };
}

/** A law that a device breaks. */
export interface Failure {
  readonly chapter: string;
  readonly law: string;
  readonly error: unknown;
}

/**
 * Holds a device to every law and lists those it breaks.
 * @example
 * await conform(referenceBackend(), { runs: 2 }); // []
 */
export async function conform(
  backend: Backend,
  options: ConformanceOptions = {},
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  const under = subject(backend, options);
  for (const { name, laws } of chosen(options))
    for (const law of laws) {
      try {
        await law.check(under);
      } catch (error) {
        failures.push({ chapter: name, law: law.name, error });
      }
    }
  return failures;
}

/** What a test runner offers: vitest, node:test, mocha and jest all do. */
export interface Runner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Declares the laws as tests of a device that is made at the first of them. */
export function testBackend(
  make: () => Backend | Promise<Backend>,
  runner: Runner,
  options: ConformanceOptions = {},
): void {
  let made: Promise<Subject> | undefined;
  const under = (): Promise<Subject> => {
    made ??= Promise.resolve(make()).then((backend) => subject(backend, options));
    return made;
  };
  for (const { name, laws } of chosen(options))
    runner.describe(name, () => {
      for (const law of laws) runner.it(law.name, async () => law.check(await under()));
    });
}
