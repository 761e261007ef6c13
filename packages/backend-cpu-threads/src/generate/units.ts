/**
 * Module 3.78 — The work in units.
 *
 * `run(first, last, block)` counts through units; a unit's number is taken apart into the indices of
 * the outermost positions and a piece of the position that is cut. Units share nothing, so any
 * thread may do any of them.
 */
import { Code, type Local } from "../wasm/code.ts";
import { assemble } from "../wasm/module.ts";
import type { Plan } from "./plan.ts";
import type { Scope } from "./scope.ts";
import type { Bounds, NestWriter, Part } from "./writer.ts";

/** Where the work is cut, and what is taken together. */
export type Layout = Omit<Plan, "units" | "nanosecondsPerUnit" | "layout">;

/** A loop over the units a call is asked for; `body` is given each one's number, to take apart. */
export function forUnits({ code, first, last }: NestWriter, body: (rest: Local) => void): void {
  const unit = code.get(first).keep("i32");
  code.while(
    unit,
    () => code.get(last),
    1,
    () => body(code.get(unit).keep("i32")),
  );
}
/** Takes an index below `extent` out of a number. */
function part(code: Code, rest: Local, extent: number): Local {
  const index = code.get(rest).i32(extent).op("i32.rem_u").keep("i32");
  code.get(rest).i32(extent).op("i32.div_u").set(rest);
  return index;
}
/** Takes the number of a piece of `chunk` indices out of a number: its bounds, if there are others. */
export function cut(code: Code, rest: Local, extent: number, chunk: number): Bounds {
  const pieces = Math.ceil(extent / chunk);
  if (pieces === 1) return {};
  const from = code
    .get(part(code, rest, pieces))
    .i32(chunk)
    .op("i32.mul")
    .keep("i32");
  const to = code.get(from).i32(chunk).op("i32.add").keep("i32");
  code.least(to, extent).set(to);
  return { from, to };
}
/** Inside positions 0 … `count` − 1, whose indices a number has left. */
export function enterAll(
  writer: NestWriter,
  start: Scope,
  needed: Part,
  rest: Local,
  count: number,
): Scope {
  const { code, geometry } = writer;
  const indices: Local[] = [];
  for (let position = count - 1; position >= 0; position--)
    indices[position] = position ? part(code, rest, geometry.extents[position] as number) : rest;
  return indices.reduce((at, index) => {
    const within = writer.enter(at, needed, index);
    writer.settle(within, needed);
    return within;
  }, start);
}

/** Loops over units and, in each, over outer positions, down to `point`. */
export function writeUnits(
  writer: NestWriter,
  plan: Layout,
  start: Scope,
  part: Part,
  point: (at: Scope) => void,
): void {
  const { geometry, split, chunk, outer, copies, steps, lanes } = plan;
  const bounds = (position: number): Bounds => ({
    step: steps[position] as number,
    whole: true,
    ...(position === geometry.copy ? { copies } : {}),
    ...(position === geometry.vector ? { lanes } : {}),
  });
  const descend = (at: Scope): void => {
    writer.settle(at, part);
    if (at.level === outer) point(at);
    else writer.loop(at, part, bounds(at.level), descend);
  };
  forUnits(writer, (rest) => {
    const piece = cut(writer.code, rest, geometry.extents[split] as number, chunk);
    const at = enterAll(writer, start, part, rest, split);
    writer.loop(at, part, { ...bounds(split), ...piece }, descend);
  });
}

/**
 * A module that calls `code` for one unit after the other. A host compiles a function better once
 * it has run for a while, but puts that in place only where it is called: so not in the first large
 * run, if that were one call.
 */
export function moduleOf(code: Code): Uint8Array<ArrayBuffer> {
  const [first, last, block] = [0, 1, 2];
  const run = new Code(["i32", "i32", "i32"]);
  const end = (): void => void run.get(last);
  run.while(first, end, 1, () => run.get(first).get(first).i32(1).op("i32.add").get(block).call(0));
  return assemble([{ code }, { code: run, export: "run" }]);
}
