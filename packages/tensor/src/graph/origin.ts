/**
 * Module 2.7b — On which line a node was recorded.
 *
 * A stack trace costs more than recording does, so lines are only kept where someone asked for
 * them: under `MT_DEBUG=1`, and while a tool that names lines runs. Frames of these packages are
 * left out: what is meant is the line of the program that uses them.
 */
import type { Node } from "./node.ts";
import { origins, probes } from "./probes.ts";

let again: Node | null = null;
/** What `f` records is this node once more (for all examples of a `vmap`, say): on its line. */
export function onLineOf<R>(node: Node, f: () => R): R {
  const before = again;
  again = node;
  try {
    return f();
  } finally {
    again = before;
  }
}

/** Keeps the line that is recording this node. */
export function keepOrigin(node: Node): void {
  const line = (again && origins.get(again)) ?? callingLine();
  if (line) origins.set(node, line);
}

/** Enough frames to get out of a model's layers. */
const frames = 60;

/** The files of the stack, innermost first, each as `file:line:column`. */
function callStack(): string[] {
  const limits = Error as { stackTraceLimit?: number };
  const before = limits.stackTraceLimit;
  limits.stackTraceLimit = frames;
  const { stack = "" } = new Error();
  if (before !== undefined) limits.stackTraceLimit = before;
  return stack.split("\n").flatMap((line) => {
    const place = /((?:[a-z-]+:\/\/|[A-Za-z]:[\\/]|\/)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1];
    return place ? [place.replace(/^file:\/\//, "").replace(/\?[^:]*/, "")] : [];
  });
}

/** This module, or the file that all of the package are joined in. */
const ownFile = /^(.*[\\/])[^\\/]+[\\/](?:(?:src|dist)[\\/]graph[\\/]origin\.|dist[\\/]node[\\/])/;

/** `file:line:column` of the innermost frame outside these packages; unknown within a bundle. */
export function callingLine(): string | undefined {
  const [here, ...callers] = callStack();
  // packages/ or node_modules/@mt/: the folder that holds this package and its neighbors
  const neighbors = here && ownFile.exec(here)?.[1];
  const isOurs = (place: string): boolean =>
    place.startsWith(neighbors as string) &&
    /^[^\\/]+[\\/](?:src|dist)[\\/]/.test(place.slice((neighbors as string).length));
  return neighbors ? callers.find((place) => !isOurs(place) && !isRunner(place)) : undefined;
}
/** Frames of the engine itself, as those of `Array.map`. */
const isRunner = (place: string): boolean => place.startsWith("node:");

const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
if (process?.env?.MT_DEBUG === "1") probes.recorded = keepOrigin;
