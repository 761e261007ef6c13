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

/** Loops over units and, in each, over outer positions, down to `point`. */
export function writeUnits(
  writer: NestWriter,
  plan: Layout,
  start: Scope,
  part: Part,
  point: (at: Scope) => void,
): void {
  const { code } = writer;
  const { geometry, split, chunk, outer, copies, steps, lanes } = plan;
  const unit = code.local("i32");
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
  code.get(writer.first).set(unit);
  code.while(
    unit,
    () => code.get(writer.last),
    1,
    () => {
      const count = code.count;
      const rest = code.get(unit).keep("i32");
      const [from, to] = cut(writer, rest, geometry.extents[split] as number, chunk);
      const indices: Local[] = [];
      for (let position = split - 1; position >= 0; position--) {
        const extent = geometry.extents[position] as number;
        if (position === 0) indices[position] = rest;
        else {
          indices[position] = code.get(rest).i32(extent).op("i32.rem_u").keep("i32");
          code.get(rest).i32(extent).op("i32.div_u").set(rest);
        }
      }
      let at = start;
      for (const index of indices) {
        at = writer.enter(at, part, index);
        writer.settle(at, part);
      }
      writer.loop(
        at,
        part,
        from === null
          ? bounds(split)
          : { ...bounds(split), from: { local: from }, to: to as Local },
        descend,
      );
      code.forget(count);
    },
  );
}

/** Takes the piece's number out of `rest`: where it starts and ends; null if there is one piece. */
function cut(
  { code }: NestWriter,
  rest: Local,
  extent: number,
  chunk: number,
): readonly [Local, Local] | readonly [null, null] {
  const pieces = Math.ceil(extent / chunk);
  if (pieces === 1) return [null, null];
  const piece = code.get(rest).i32(pieces).op("i32.rem_u").keep("i32");
  code.get(rest).i32(pieces).op("i32.div_u").set(rest);
  const from = code.get(piece).i32(chunk).op("i32.mul").keep("i32");
  const to = code.get(from).i32(chunk).op("i32.add").keep("i32");
  code.get(to).i32(extent).get(to).i32(extent).op("i32.lt_u").op("select").set(to);
  return [from, to];
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
