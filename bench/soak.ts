/**
 * Threads killed inside their chunks, again and again, under a program that trains and computes.
 *
 * `npm run soak -- --minutes 10 --kill-every 5`: about every so many seconds, at a random moment, a
 * worker dies in its work; every fifth stands still instead, for longer than it is waited for.
 * Every value is compared, to the bit, with what one thread makes of the same random numbers, which
 * agrees with the reference device: |x − y| ≤ 10⁻⁴ · (1 + |y|). Targets: no wrong value; four in
 * five of the accidents happen; at most 20 MiB of resident memory more in the last sixth of the
 * time than in the third, by the medians of samples: it takes a while until V8's heap has its size.
 */
import { parseArgs } from "node:util";
import { type Backend, referenceBackend, registerBackend } from "@mt/backend";
import { Linear, mseLoss, Sequential, SGD } from "@mt/nn";
import { operators } from "@mt/operators";
import { conv2d, cumsum, manualSeed, randn, sort, type Tensor } from "@mt/tensor";
import { makeDevice } from "../packages/backend-cpu-threads/src/device.ts";
import { piscinaPlatform } from "../packages/backend-cpu-threads/src/threads/node.ts";
import type { Platform } from "../packages/backend-cpu-threads/src/threads/platform.ts";
import { always } from "../packages/backend-cpu-threads/test/threads/kernels.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    "kill-every": { type: "string", default: "5" }, // seconds
  },
});
const duration = 60_000 * Number(values.minutes);
const between = 1000 * Number(values["kill-every"]);
const mostGrowth = 20;
const fewestLost = Math.floor((0.8 * duration) / between);

const faulty = piscinaPlatform(
  new URL("../packages/backend-cpu-threads/test/threads/faulty-worker.ts", import.meta.url),
);
/** Once per generation of workers: the word that says which accident is next. */
const accidents: Int32Array[] = [];
const platform: Platform = {
  ...faulty,
  hire(count, post, lost) {
    accidents.push(new Int32Array(post.memory.buffer, 0, 1));
    return faulty.hire(count, post, lost);
  },
};
const cpu = (threads: number): Backend =>
  makeDevice({ threads }, { tuning: { grain: 8 }, crew: { costs: always }, platform });

/** What is computed, of random numbers. */
const works: Readonly<Record<string, () => readonly Tensor[]>> = {
  "a product, softmax, sums": () => {
    const y = randn([96, 64]).matmul(randn([64, 96]));
    return [y, y.softmax(1), y.div(8).exp().sum(0), y.square().sum()];
  },
  "a convolution and its gradients": () => {
    const x = randn([2, 3, 16, 16], { requiresGrad: true });
    const w = randn([4, 3, 3, 3], { requiresGrad: true });
    const y = conv2d(x, w, { padding: 1 });
    y.square().mean().backward();
    return [y.detach(), x.grad as Tensor, w.grad as Tensor];
  },
  "running sums, a sort": () => {
    const x = randn([64, 96]);
    return [cumsum(x, 0), cumsum(x, 1), sort(x, 1).values];
  },
  training: () => {
    const model = new Sequential(new Linear(8, 64), operators.tanh, new Linear(64, 4));
    const optimizer = new SGD(model.parameters(), { rate: 0.1, momentum: 0.9 });
    const [x, y] = [randn([32, 8]), randn([32, 4])];
    const losses = Array.from({ length: 5 }, () => {
      const loss = mseLoss(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss.detach();
    });
    return [...losses, model.forward(x).detach()];
  },
};
const kinds = Object.entries(works);
const nameOf = (seed: number): string => `${kinds[seed % kinds.length]?.[0]}, seed ${seed}`;

type Values = readonly Float32Array[];
function compute(device: Backend, seed: number): Values {
  registerBackend(device);
  manualSeed(seed);
  const [, work] = kinds[seed % kinds.length] as (typeof kinds)[number];
  const tensors = work();
  const found = tensors.map((x) => x.dataSync() as Float32Array);
  for (const x of tensors) x.dispose();
  return found;
}
const all = (a: Values, b: Values, same: (x: number, y: number) => boolean): boolean =>
  a.every((list, k) => list.every((x, i) => same(x, b[k]?.[i] as number)));
const close = (x: number, y: number): boolean => Math.abs(x - y) <= 1e-4 * (1 + Math.abs(y));

/** For every seed what it gives, known before the accidents begin. */
function known(seeds: number): readonly Values[] {
  const [reference, one] = [referenceBackend(), cpu(1)];
  return Array.from({ length: seeds }, (_, seed) => {
    const values = compute(one, seed);
    if (!all(values, compute(reference, seed), close))
      throw new Error(`one thread and the reference differ: ${nameOf(seed)}`);
    return values;
  });
}
const expected = known(64);
const two = cpu(2);

/** MiB of the process, after a collection of garbage: one sample a second. */
const samples: number[] = [];
function sample(): void {
  globalThis.gc?.();
  samples.push(process.memoryUsage().rss / 2 ** 20);
}
function residentIn(sixth: number): number {
  const part = samples.slice((samples.length * (sixth - 1)) / 6, (samples.length * sixth) / 6);
  return part.sort((a, b) => a - b)[part.length >> 1] ?? Number.NaN;
}

let wrong = 0;
let rounds = 0;
let nextSample = 0;
const start = performance.now();
let nextKill = start + between * Math.random();
for (let now = start; now < start + duration; now = performance.now()) {
  const seed = rounds++ % expected.length;
  if (!all(compute(two, seed), expected[seed] as Values, Object.is)) {
    wrong++;
    console.log(`wrong: ${nameOf(seed)}`);
  }
  const latest = accidents.at(-1);
  if (latest && now > nextKill) {
    latest[0] = accidents.length % 5 === 0 ? 2 : 1;
    nextKill = now + between * (0.5 + Math.random());
  }
  if (now > nextSample) {
    sample();
    nextSample = now + 1000;
  }
  await new Promise((resolve) => setImmediate(resolve));
}
const lost = accidents.length - 1;
const [early, late] = [residentIn(3), residentIn(6)];
console.log(`${rounds} rounds, ${wrong} wrong   target 0`);
console.log(`${lost} workers lost   target at least ${fewestLost}`);
console.log(
  `resident ${early.toFixed(0)} MiB early, ${(late - early).toFixed(0)} MiB more at the end` +
    `   target at most ${mostGrowth}`,
);
if (wrong > 0 || lost < fewestLost || !(late - early <= mostGrowth)) process.exitCode = 1;
