/**
 * Does training leak? Tiny steps with a fresh batch each, in one synchronous loop and awaiting; a
 * list of kept losses; a running total. Live and pooled bytes after step 100 must be those at the
 * end. Then the peak of a convolution with its gradients. `npm run bench memory -- --steps 1000000`
 */
import { parseArgs } from "node:util";
import { getBackend } from "@mt/backend";
import { SGD } from "@mt/nn";
import { conv2d, memory, realize, type Tensor, tensor } from "@mt/tensor";

const { values } = parseArgs({ options: { steps: { type: "string", default: "20000" } } });
const steps = Number(values.steps);
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
const resident = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

const weights = tensor(Float32Array.from({ length: 64 }, Math.random), {
  shape: [8, 8],
  requiresGrad: true,
});
const optimizer = new SGD([weights], { rate: 1e-3 });
function step(): Tensor {
  const x = tensor(Float32Array.from({ length: 32 }, Math.random), { shape: [4, 8] });
  const loss = x.matmul(weights).tanh().sum();
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss;
}

interface Reading {
  readonly held: number;
  readonly resident: number;
}
const reading = (): Reading => {
  const { live, pooled } = memory(); // arenas are borrowed from the pool
  return { held: live + pooled, resident: resident() };
};
let failed = false;
function report(name: string, early: Reading, late: Reading): void {
  const flat = early.held === late.held;
  failed ||= !flat;
  console.log(
    `${name.padEnd(34)} held ${early.held} → ${late.held} bytes ${flat ? "flat" : "GREW"}, ` +
      `resident ${megabytes(early.resident)} → ${megabytes(late.resident)}`,
  );
}
async function measure(name: string, each: (i: number) => unknown): Promise<void> {
  for (let i = 0; i < 100; i++) await each(i);
  const early = reading();
  for (let i = 100; i < steps; i++) {
    const waiting = each(i);
    if (waiting instanceof Promise) await waiting;
  }
  report(`${name}, ${steps} steps`, early, reading());
}

await measure("one synchronous loop", () => void step());
await measure("awaiting each loss", async () => void (await step().item()));
const kept: Tensor[] = [];
await measure("10 000 kept losses", (i) => {
  const loss = step();
  if (i < 10_000) kept.push(loss);
});
let total = tensor(0) as Tensor;
await measure("a running total", () => {
  total = total.add(step().detach());
});
console.log(
  `first kept loss ${(await kept[0]?.item())?.toFixed(4)}, total ${(await total.item()).toFixed(2)}\n`,
);

// ── the peak of a convolution, forward and backward ──
realize();
const bytes = (...shapes: readonly (readonly number[])[]): number =>
  shapes.reduce((sum, shape) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
const [image, filter, out] = [
  [16, 32, 32, 32],
  [64, 32, 3, 3],
  [16, 64, 32, 32],
];
const fresh = (shape: readonly number[]): Tensor =>
  tensor(Float32Array.from({ length: bytes(shape) / 4 }, Math.random), {
    shape,
    requiresGrad: true,
  });
const x = fresh(image);
const w = fresh(filter);
const { pool } = await import("../packages/tensor/src/run/device.ts").then((m) =>
  m.deviceOf(getBackend()),
);
pool.trim();
const before = memory();
const y = conv2d(x, w, { padding: 1 });
const loss = y.mul(y).sum().mul(0.5);
loss.backward();
realize(loss, y, x.grad as Tensor, w.grad as Tensor);
const after = memory();
const peak = after.peak - before.live;
const needed = bytes(image, filter, out, image, filter, out);
console.log(
  `conv 16×32×32×32 → 64, 3×3, forward and backward: peak ${megabytes(peak)}, ` +
    `inputs + output + gradients ${megabytes(needed)}, ratio ${(peak / needed).toFixed(3)} (target ≤ 1.15)`,
);
process.exitCode = failed || peak > 1.15 * needed ? 1 : 0;
