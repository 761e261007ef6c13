/**
 * Module 3.25 — Twice as wide, where the engine can be asked for it.
 *
 * V8 from Node 24 on can join pairs of 128-bit operations into 256-bit ones. That is experimental
 * and off, and it acts on the whole process; so it is asked for only by `simd256: "auto"`, and kept
 * only if a kernel then gives the same bits in less time. Browsers have no such switch.
 */
import { dtypesOf, type Kernel } from "@mt/backend";
import { argument, call } from "@mt/operators";
import { generateLoop } from "./generate/loop.ts";
import { Heap } from "./memory/heap.ts";
import { builtin } from "./threads/node.ts";

/** What is used of `node:v8`. */
export interface Engine {
  setFlagsFromString(flags: string): void;
}
const points = 4096;
const inputAt = 1024;
const outputAt: number = inputAt + 4 * points;

/** eˣ over some thousand numbers; `spare` bindings make its bytes its own. */
function compileTrial(memory: WebAssembly.Memory, spare: number): () => void {
  const line = { offset: 0, strides: [1] };
  const body = call("exp", argument(0, "f32"));
  const { bytes, units } = generateLoop(
    {
      outer: [points],
      inner: [],
      inputs: [{ kind: "read", slot: 0, dtype: "f32", ...line, guards: [], fill: 0 }],
      folds: [],
      stores: [{ slot: 1, dtype: "f32", inside: false, ...line, body }],
      running: false,
    },
    2 + spare,
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = exports.run as (first: number, last: number, block: number) => void;
  return () => run(0, units, 0);
}
/** Milliseconds of a run. */
function timeOf(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Asks `engine` for wide vectors, and takes it back unless they are right and faster. */
export function tryWide(engine: Engine | undefined): boolean {
  if (!engine) return false;
  const { memory } = new Heap();
  new Uint32Array(memory.buffer).set([inputAt, outputAt]);
  const input = new Float32Array(memory.buffer, inputAt, points);
  input.set(input.map((_, i) => (i - points / 2) / 16));
  const output = new Uint32Array(memory.buffer, outputAt, points);
  const result = (run: () => void): string => {
    run();
    return output.join();
  };
  engine.setFlagsFromString("--no-liftoff"); // optimized at once
  const narrow = compileTrial(memory, 0);
  const expected = result(narrow);
  engine.setFlagsFromString("--experimental-wasm-revectorize");
  const wide = compileTrial(memory, 1);
  const same = result(wide) === expected;
  engine.setFlagsFromString("--liftoff");
  // the shortest of many; by turns, so that what disturbs one disturbs both
  let [before, after] = [Infinity, Infinity];
  for (let round = 0; round < 100; round++) {
    before = Math.min(before, timeOf(narrow));
    after = Math.min(after, timeOf(wide));
  }
  if (same && after < 0.8 * before) return true;
  engine.setFlagsFromString("--no-experimental-wasm-revectorize");
  return false;
}

let wide: boolean | undefined;
/** Whether kernels are compiled to 256-bit vectors from now on; tried once in a process. */
export function useWide(): boolean {
  wide ??= tryWide(builtin?.("node:v8"));
  return wide;
}
/** Whether it must have no pairs to join: engines get those of integers wrong (V8 13.6). */
export const mustBeNarrow = (kernel: Kernel): boolean =>
  wide === true && /[iu]\d/.test([...dtypesOf(kernel)].join());
