/**
 * Does training leak? Tiny steps with a fresh batch each, in one synchronous loop and awaiting; a
 * list of kept losses; a running total; a LeNet. Live and pooled bytes after step 100 must be those
 * at the end, and resident memory must not grow by more than a tenth. Then the peak of a convolution
 * with its gradients. `npm run bench memory -- --steps 1000000 --backend cpu-threads`
 *
 * On a GPU, which is told what to do and not waited for, a loop that never awaits may end in the error
 * of the budget instead. On one made of software LeNet takes long: `--backend webgpu --network 0`.
 */
import { parseArgs } from "node:util";
import { type Backend, getBackend, poolOf, referenceBackend, registerBackend } from "@mt/backend";
import { cpuThreads } from "@mt/backend-cpu-threads";
import { webgpu } from "@mt/backend-webgpu";
import { Adam, crossEntropy, SGD } from "@mt/nn";
import { conv2d, memory, realize, type Tensor, tensor } from "@mt/tensor";
import { LeNet } from "../examples/mnist/src/model.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "20000" },
    backend: { type: "string", default: "reference" },
    network: { type: "string", default: "1000" },
  },
});
const devices: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  reference: referenceBackend,
  "cpu-threads": cpuThreads,
  webgpu,
};
registerBackend(await (devices[values.backend] as () => Backend | Promise<Backend>)());
console.log(`on "${getBackend().name}"`);
const tinySteps = Number(values.steps);
const networkSteps = Math.min(Number(values.network), tinySteps);
/** Losses that are kept; losses are numbers, but each is a tensor of some 500 bytes. */
const keptLosses = Math.min(10_000, tinySteps);
const residentTarget = 1.1;
const peakTarget = 1.15;

const uniform = (
  ...shape: readonly number[]
): { data: Float32Array; shape: readonly number[] } => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, Math.random),
  shape,
});
const fresh = (...shape: readonly number[]): Tensor => {
  const { data } = uniform(...shape);
  return tensor(data, { shape });
};

// ── what is trained ──

const weights = tensor(uniform(8, 8).data, { shape: [8, 8], requiresGrad: true });
const tinyOptimizer = new SGD([weights], { rate: 1e-3 });
function tinyStep(): Tensor {
  const loss = fresh(4, 8).matmul(weights).tanh().sum();
  tinyOptimizer.zeroGrad();
  loss.backward();
  tinyOptimizer.step();
  return loss;
}

const model = new LeNet();
const modelOptimizer = new Adam(model.parameters(), { rate: 1e-3 });
function networkStep(): Tensor {
  const labels = Int32Array.from({ length: 8 }, () => Math.random() * 10);
  modelOptimizer.zeroGrad();
  const loss = crossEntropy(model.forward(fresh(8, 1, 28, 28)), tensor(labels));
  loss.backward();
  modelOptimizer.step();
  return loss;
}

const kept: Tensor[] = [];
let total = tensor(0) as Tensor;
/** A device with a queue frees what finalizers give back, which run between tasks. */
const { queued = false } = getBackend();
const pause = (i: number): Promise<void> | undefined =>
  queued && i % 100 === 99 ? new Promise((resolve) => setTimeout(resolve)) : undefined;
interface Loop {
  readonly name: string;
  readonly steps: number;
  /** Never awaits: where runs are queued, it may end in the error of the budget. */
  readonly synchronous?: true;
  readonly each: (i: number) => Promise<unknown> | undefined;
}
const waysOf = (name: string, steps: number, step: () => Tensor): readonly Loop[] => [
  { name: `${name}, one synchronous loop`, steps, synchronous: true, each: () => void step() },
  { name: `${name}, awaiting each loss`, steps, each: () => step().item() },
  {
    name: `${name}, awaiting one loss in a hundred`,
    steps,
    each: (i) => {
      const loss = step();
      return i % 100 === 99 ? loss.item() : undefined;
    },
  },
];
const loops: readonly Loop[] = [
  ...waysOf("tiny network", tinySteps, tinyStep),
  ...(networkSteps > 0 ? waysOf("LeNet", networkSteps, networkStep) : []),
  {
    name: `tiny network, beside ${keptLosses} losses that are kept`,
    steps: tinySteps,
    each: (i) => {
      const loss = tinyStep();
      if (kept.length < keptLosses) kept.push(loss);
      return pause(i);
    },
  },
  {
    name: "tiny network, a running total",
    steps: tinySteps,
    each: (i) => {
      total = total.add(tinyStep().detach());
      return pause(i);
    },
  },
];

// ── what it leaves behind ──

interface Reading {
  /** Bytes the device holds; arenas of programs are borrowed from its pool. */
  readonly held: number;
  readonly resident: number;
}
/** After garbage is collected and its pages are given back, which otherwise waits for leisure. */
async function reading(): Promise<Reading> {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  for (let task = 0; queued && task < 5; task++) await pause(99); // finalizers, which take their time
  // results that wait for the collector take fresh buffers, which then lie idle: as many as it is slow
  if (queued) poolOf(getBackend()).trim();
  const { live, pooled } = memory();
  return { held: live + pooled, resident: process.memoryUsage().rss };
}
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;

/** Awaiting only what is a promise: else no loop would be a synchronous one. */
async function run({ each }: Loop, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const waiting = each(i);
    if (waiting) await waiting;
  }
}

/** Steps it took until the budget had no room for more results that nothing has collected. */
async function toldAt(loop: Loop, room: number): Promise<string> {
  const pool = poolOf(getBackend());
  const { budget } = pool;
  pool.budget = pool.live + pool.pooled + room;
  let done = 0;
  try {
    while (done < loop.steps) loop.each(done++);
    return `no error within ${room} bytes`;
  } catch (error) {
    return `after ${done} steps ${String(error)}`;
  } finally {
    pool.budget = budget;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

let failed = false;
for (const loop of loops) {
  if (queued && loop.synchronous) {
    await run(loop, 0, 100);
    const told = await toldAt(loop, 65_536);
    const right = /await a read in each step|no error/.test(told);
    failed ||= !right;
    console.log(`${right ? "told" : "FAIL"}  ${loop.name}: ${told}`);
    continue;
  }
  // code that is compiled on the way is no leak: all of it is there before counting starts
  await run(loop, 0, Math.min(10_000, loop.steps));
  await run(loop, 0, 100);
  const early = await reading();
  await run(loop, 100, loop.steps);
  const late = await reading();
  const growth = late.resident / early.resident;
  const flat = early.held === late.held && growth <= residentTarget;
  failed ||= !flat;
  console.log(
    `${flat ? "flat" : "GREW"}  ${loop.name}: steps 100 → ${loop.steps}: ` +
      `held ${early.held} → ${late.held} bytes, ` +
      `resident ${megabytes(early.resident)} → ${megabytes(late.resident)} (${growth.toFixed(3)})`,
  );
}
console.log(`\na kept loss: ${await kept[0]?.item()}, the total: ${await total.item()}`);

// ── the peak of a convolution, forward and backward ──

realize();
const [image, filter] = [
  [16, 32, 32, 32],
  [64, 32, 3, 3],
] as const;
const leaf = (...shape: readonly number[]): Tensor =>
  tensor(uniform(...shape).data, { shape, requiresGrad: true });
const x = leaf(...image);
const w = leaf(...filter);
poolOf(getBackend()).trim();
const before = memory();
const y = conv2d(x, w, { padding: 1 });
const loss = y.mul(y).sum().mul(0.5);
loss.backward();
realize(loss, y, x.grad as Tensor, w.grad as Tensor);
const peak = memory().peak - before.live;
// inputs, output, and a gradient of each
const needed = 2 * 4 * [x, w, y].reduce((sum, { size }) => sum + size, 0);
console.log(
  `conv 16×32×32×32 → 64, 3×3, forward and backward: peak ${megabytes(peak)}, ` +
    `inputs + output + gradients ${megabytes(needed)}, ratio ${(peak / needed).toFixed(3)} ` +
    `(target ≤ ${peakTarget})`,
);
process.exitCode = failed || peak > peakTarget * needed ? 1 : 0;
