/**
 * Threads killed inside their chunks, again and again, under a program that keeps computing.
 *
 * `npm run bench soak -- --minutes 10 --kill-every 5`: every value is compared with what one thread
 * gives; every fifth time a thread is not killed but stands still for longer than it is waited for.
 * Targets: no wrong value, and at most 20 MiB of resident memory more at the end than after the
 * first ten accidents.
 */
import { parseArgs } from "node:util";
import { registerBackend, unregisterBackend } from "@mt/backend";
import { manualSeed, randn } from "@mt/tensor";
import { makeDevice } from "../packages/backend-cpu-threads/src/device.ts";
import { piscinaPlatform } from "../packages/backend-cpu-threads/src/threads/node.ts";
import type { Platform } from "../packages/backend-cpu-threads/src/threads/platform.ts";
import { always } from "../packages/backend-cpu-threads/test/threads/kernels.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    "kill-every": { type: "string", default: "2" }, // seconds
  },
});
const duration = 60_000 * Number(values.minutes);
const between = 1000 * Number(values["kill-every"]);
const target = 20;

const faulty = piscinaPlatform(
  new URL("../packages/backend-cpu-threads/test/threads/faulty-worker.ts", import.meta.url),
);
const accidents: Int32Array[] = [];
const platform: Platform = {
  ...faulty,
  hire(count, post, lost) {
    accidents.push(new Int32Array(post.memory.buffer, 0, 1)); // once per generation of workers
    return faulty.hire(count, post, lost);
  },
};

/** A product, a softmax, its sum by columns: seeded, so always the same. */
function compute(): readonly Float32Array[] {
  manualSeed(1);
  const y = randn([96, 64]).matmul(randn([64, 96]));
  const all = [y, y.softmax(1), y.exp().sum(0)];
  const found = all.map((x) => x.dataSync() as Float32Array);
  for (const x of all) x.dispose();
  return found;
}
function on<R>(threads: number, f: () => R): R {
  const device = makeDevice(
    { threads },
    { tuning: { grain: 8 }, crew: { costs: always }, platform },
  );
  registerBackend(device);
  try {
    return f();
  } finally {
    if (threads === 1) unregisterBackend(device.name);
  }
}
/** MiB, but for the heap of JavaScript: V8 doubles the room of a busy one as it sees fit. */
function resident(): number {
  const { rss, heapTotal } = process.memoryUsage();
  return (rss - heapTotal) / 2 ** 20;
}

const right = on(1, compute);
const same = (found: readonly Float32Array[]): boolean =>
  found.every((list, k) => list.every((x, i) => x === right[k]?.[i]));

let wrong = 0;
let rounds = 0;
let early = 0;
on(2, compute);
const end = performance.now() + duration;
let nextKill = performance.now() + between;
while (performance.now() < end) {
  if (!same(compute())) wrong++;
  rounds++;
  const latest = accidents.at(-1);
  if (latest && performance.now() > nextKill) {
    latest[0] = accidents.length % 5 === 0 ? 2 : 1;
    nextKill += between;
  }
  if (early === 0 && accidents.length > 10) early = resident();
  await new Promise((resolve) => setImmediate(resolve));
}
globalThis.gc?.();
const grown = resident() - early;
console.log(`${rounds} rounds, ${accidents.length - 1} workers lost, ${wrong} wrong   target 0`);
console.log(
  `resident ${early.toFixed(0)} MiB early, ${grown.toFixed(0)} MiB more at the end   target ${target}`,
);
if (wrong > 0 || grown > target) process.exitCode = 1;
