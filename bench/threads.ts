/**
 * What it costs to share a region of work: nothing is done in it, one worker and this thread.
 *
 * Targets: with the worker looking for work ≤ 1.4 µs, asleep ≤ 69 µs (the worker must answer; what
 * this thread can do alone meanwhile is not counted). Then what sharing gains where there is work,
 * beside one thread, in the same run.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { Crew } from "../packages/backend-cpu-threads/src/threads/crew.ts";
import { nodePlatform } from "../packages/backend-cpu-threads/src/threads/node.ts";
import {
  always,
  churn,
  learn,
  meet,
  Shelf,
  together,
} from "../packages/backend-cpu-threads/test/threads/kernels.ts";

const quantile = (list: readonly number[], q: number): number =>
  [...list].sort((a, b) => a - b)[Math.floor(q * list.length)] as number;
const microseconds = (list: readonly number[]): string =>
  `best ${quantile(list, 0).toFixed(1)}, median ${quantile(list, 0.5).toFixed(1)} µs`;
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const shelf = new Shelf();
const crew = new Crew(shelf, nodePlatform, { threads: 2, costs: always });
const alone = new Crew(shelf, nodePlatform, { threads: 1 });

/** A worker on another core than this thread, where the system lets one say so. */
function apart(): string {
  const threads = (): readonly string[] => readdirSync("/proc/self/task");
  const bind = (core: number, thread: number | string) =>
    execFileSync("taskset", ["-p", "-c", String(core), String(thread)]);
  try {
    const before = new Set(threads());
    meet(crew, shelf);
    for (const thread of threads()) if (!before.has(thread)) bind(1, thread);
    bind(0, process.pid);
    return "this thread on core 0, the worker on core 1";
  } catch {
    meet(crew, shelf);
    return "threads on whatever core";
  }
}
console.log(apart());

/** Regions of two chunks of which each thread has to do one: this one waits in the first. */
const job = learn(crew, shelf, "together", together);
const flag = shelf.block(0, 0);
const block = shelf.block(shelf.allocate(64), flag);
const flags = shelf.words(flag, 1);
function answered(): number {
  flags[0] = 0;
  const start = performance.now();
  crew.run(job, 2, block);
  return (performance.now() - start) * 1000;
}
for (let i = 0; i < 2000; i++) answered();
const awake = Array.from({ length: 2000 }, answered);
const asleep: number[] = [];
for (let i = 0; i < 300; i++) {
  await sleep(2);
  asleep.push(answered());
}
console.log(`a region the worker answers, looking for work: ${microseconds(awake)}   target 1.4`);
console.log(`a region the worker answers, asleep: ${microseconds(asleep)}   target 69`);

const out = shelf.allocate(4 * 1024);
for (const rounds of [10, 100, 1000, 10_000, 100_000]) {
  const work = shelf.block(out, rounds);
  const [one, two] = [alone, crew].map((c) => ({
    c,
    job: learn(c, shelf, "churn", churn),
    times: [] as number[],
  }));
  if (!(one && two)) break;
  const rest = Math.max(1, Math.round(10_000 / rounds));
  for (let round = 0; round < 40; round++)
    for (const { c, job: churning, times } of [one, two]) {
      for (let i = 0; i < rest; i++) c.run(churning, 256, work);
      const start = performance.now();
      for (let i = 0; i < rest; i++) c.run(churning, 256, work);
      times.push(((performance.now() - start) * 1000) / rest);
    }
  const gain = quantile(one.times, 0.5) / quantile(two.times, 0.5);
  console.log(
    `one thread ${microseconds(one.times)}; two ${microseconds(two.times)}; ${gain.toFixed(2)} times as fast`,
  );
}
