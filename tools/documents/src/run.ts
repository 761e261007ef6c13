/**
 * Runs a document's examples and collects what is wrong with them, block by block. A value that
 * differs from its comment does not stop the document; an error that no comment announced does, and
 * the blocks after it count as failed too, for they were never tried.
 */
import { matches } from "./compare.ts";
import type { Example } from "./examples.ts";
import { format } from "./format.ts";
import { type Runner, translate } from "./translate.ts";

export interface Failure {
  readonly line: number;
  readonly message: string;
}

/** Loads a module by its specifier. */
export type Load = (specifier: string) => Promise<object>;

/** What `console.log` leaves instead of a line on the terminal: a comment beside it can check it. */
class Printed {
  readonly text: string;
  constructor(values: readonly unknown[]) {
    this.text = values
      .map((value) => (typeof value === "string" ? value : format(value)))
      .join(" ");
  }
}

const console = { log: (...values: unknown[]): Printed => new Printed(values) };

const throwing = /^(?:throws\s+)?(?<text>\w*Error\b.*)$|^throws\s+(?<other>.+)$/s;

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `throw ${format(error)}`;
}

/** What is wrong with a value that `produce` gives or throws; nothing if it is as `expected`. */
async function complaint(expected: string, produce: () => unknown): Promise<string | undefined> {
  const { text, other } = throwing.exec(expected)?.groups ?? {};
  const announced = text ?? other;
  try {
    const value = await produce();
    const printed = value instanceof Printed ? value.text : format(value);
    if (announced !== undefined) return `expected ${announced}, got ${printed}`;
    if (matches(expected, printed) || value === expected) return undefined;
    const hint = value === undefined ? " (prose belongs on a line of its own, above)" : "";
    return `expected ${expected}, got ${printed}${hint}`;
  } catch (error) {
    const got = describeError(error);
    if (announced === undefined) return `expected ${expected}, got ${got}`;
    const wanted = /^\w+$/.test(announced) ? `${announced}: …` : announced;
    return matches(wanted, got) ? undefined : `expected ${announced}, got ${got}`;
  }
}

/** All exports of the given modules; where two have a name in common, the later one counts. */
async function exportsOf(modules: readonly string[], load: Load): Promise<Record<string, unknown>> {
  return Object.assign({ console }, ...(await Promise.all(modules.map(load))));
}

/**
 * Runs the blocks of a document, with the exports of `modules` in scope, and gives the failures of
 * each block.
 */
export async function run(
  blocks: readonly Example[],
  modules: readonly string[],
  load: Load,
): Promise<Failure[][]> {
  const failures: Failure[][] = blocks.map(() => []);
  let block = 0;
  let line = blocks[0]?.line ?? 1;
  let started = false;
  const fail = (message: string): void => void failures[block]?.push({ line, message });
  const runner: Runner = {
    load,
    at(index, number) {
      block = index;
      line = number;
    },
    async check(expected, produce) {
      const message = await complaint(expected, produce);
      if (message !== undefined) fail(message);
    },
  };
  try {
    // modules may export under a keyword; it is no name in a program
    const { default: _, var: _var, ...scope } = await exportsOf(modules, load);
    const program = await translate(blocks, Object.keys(scope), runner.at);
    started = true;
    await program(runner, scope);
  } catch (error) {
    fail(`stopped by ${describeError(error)}`);
    const stopped = `not tried, because line ${line} stopped the document`;
    for (const [index, { line }] of blocks.entries()) {
      const untried = started ? index > block : index !== block;
      if (untried) failures[index]?.push({ line, message: stopped });
    }
  }
  return failures;
}
