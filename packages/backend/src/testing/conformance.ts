/**
 * Module 3.51 — The conformance suite: what a device must do, as tests.
 *
 * The same laws hold every device, ours and yours, to the interpreter of the reference device. They
 * know no test runner: `conformance()` lists them, `conform` runs them all and `testBackend` hands
 * them to the `describe` and `it` of whichever runner there is. Either way ends in a report.
 */
import { dtypeNames } from "@mt/operators";
import type { Backend } from "../backend.ts";
import { interpretedBackend } from "../reference/interpreted.ts";
import { Account } from "./account.ts";
import type { Law, Subject } from "./law.ts";
import { accesses } from "./laws/accesses.ts";
import { arithmetic } from "./laws/arithmetic.ts";
import { casts } from "./laws/casts.ts";
import { contractions } from "./laws/contractions.ts";
import { folds } from "./laws/folds.ts";
import { lookups } from "./laws/lookups.ts";
import { memory } from "./laws/memory.ts";
import { prefixes } from "./laws/prefixes.ts";
import { programs } from "./laws/programs.ts";
import { randomness } from "./laws/randomness.ts";
import { refusals } from "./laws/refusals.ts";
import { scatters } from "./laws/scatters.ts";
import { sorting } from "./laws/sorting.ts";
import { type Failure, type LawReport, type Report, reportText } from "./report.ts";
import { exactly, type Statement } from "./statement.ts";

/** A group of laws, as a test runner shows it. */
export interface Chapter {
  readonly name: string;
  readonly laws: readonly Law[];
}

/** All laws by chapter, in the order in which to make a new device obey them. */
export const conformance = (): readonly Chapter[] => [
  { name: "memory", laws: memory },
  { name: "refusals", laws: refusals },
  { name: "programs", laws: programs },
  { name: "accesses", laws: accesses },
  { name: "lookups", laws: lookups },
  { name: "folds", laws: folds },
  { name: "scatter", laws: scatters },
  { name: "arithmetic", laws: arithmetic },
  { name: "casts", laws: casts },
  { name: "randomness", laws: randomness },
  { name: "contract", laws: contractions },
  { name: "prefix", laws: prefixes },
  { name: "argsort", laws: sorting },
];

export interface ConformanceOptions extends Partial<Statement> {
  /** Names of the chapters to run; all by default. */
  readonly chapters?: readonly string[];
  /** Names of the laws to run; all by default. */
  readonly laws?: readonly string[];
  /** Random trials per law, 60 by default. */
  readonly runs?: number;
  readonly seed?: number;
  /** `false`: a law ends at its first mistake, told as it was found. */
  readonly shrink?: boolean;
  /** What `testBackend` does with the report after its last test: prints it, by default. */
  readonly report?: (report: Report) => void;
}
const chosen = ({ chapters, laws: names }: ConformanceOptions): readonly Chapter[] =>
  conformance()
    .filter(({ name }) => chapters?.includes(name) ?? true)
    .map(({ name, laws }) => ({ name, laws: laws.filter((x) => names?.includes(x.name) ?? true) }))
    .filter(({ laws }) => laws.length > 0);

/** A device under test, and what the laws have said about it so far. */
class Examination {
  readonly #backend: Backend;
  readonly #subject: Omit<Subject, "law" | "account">;
  readonly #laws: LawReport[] = [];
  readonly #failures: Failure[] = [];

  constructor(backend: Backend, options: ConformanceOptions) {
    const reference = interpretedBackend();
    const stated: Statement = { ...exactly, ...options };
    const dtypes = dtypeNames.filter(
      (x) =>
        backend.dtypes.has(x) && reference.dtypes.has(x) && (stated.dtypes?.includes(x) ?? true),
    );
    const { runs = 60, seed = 20260101, shrink = true } = options;
    this.#backend = backend;
    this.#subject = { backend, reference, dtypes, stated, runs, seed, shrink };
  }

  /** Checks one law; the mistakes it found. */
  async check(chapter: string, { name: law, check }: Law): Promise<readonly unknown[]> {
    const account = new Account();
    try {
      await check({ ...this.#subject, law, account });
    } catch (error) {
      account.threw(error);
    }
    this.#laws.push({
      chapter,
      law,
      whole: account.whole(),
      dtypes: account.dtypes(),
      accesses: account.accesses(),
    });
    for (const error of account.failures) this.#failures.push({ chapter, law, error });
    return account.failures;
  }

  report(): Report {
    const { reference } = this.#subject;
    return {
      backend: this.#backend.name,
      laws: this.#laws,
      failures: this.#failures,
      untested: [...this.#backend.dtypes.keys()].filter((x) => !reference.dtypes.has(x)),
    };
  }
}

/**
 * Holds a device to every law; `failures` of the report lists what it breaks.
 * @example
 * (await conform(referenceBackend(), { chapters: ["casts"] })).failures; // []
 */
export async function conform(backend: Backend, options: ConformanceOptions = {}): Promise<Report> {
  const examination = new Examination(backend, options);
  for (const { name, laws } of chosen(options))
    for (const law of laws) await examination.check(name, law);
  return examination.report();
}

/** What a test runner offers: vitest, node:test, mocha and jest all do. */
export interface Runner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Every host that runs tests has a console, whatever else it is. */
const { console: output } = globalThis as { console?: { log(text: string): void } };
const print = (report: Report): void => output?.log(reportText(report));

/** Throws what a law found: the first mistake in full, others by number. */
function raise(failures: readonly unknown[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const { message } = first instanceof Error ? first : new Error(String(first));
  throw new Error(`${message}\n\nand ${others.length} more`, { cause: first });
}

/**
 * Declares the laws as tests of a device that is made at the first of them, and a last test that
 * reports what was found.
 */
export function testBackend(
  make: () => Backend | Promise<Backend>,
  runner: Runner,
  options: ConformanceOptions = {},
): void {
  const { report = print } = options;
  let made: Promise<Examination> | undefined;
  const examination = (): Promise<Examination> => {
    made ??= Promise.resolve(make()).then((backend) => new Examination(backend, options));
    return made;
  };
  for (const { name, laws } of chosen(options))
    runner.describe(name, () => {
      for (const law of laws)
        runner.it(law.name, async () => raise(await (await examination()).check(name, law)));
    });
  runner.it("reports what was found", async () => report((await examination()).report()));
}
