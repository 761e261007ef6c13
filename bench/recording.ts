/**
 * What laziness costs: recording an operation, a cached step beside its kernels, scheduling.
 *
 * Targets: < 0.2 µs to record an operation hot and < 1 µs cold (between real kernels); a cached step
 * ≤ 50 µs beyond its kernels; scheduling linear, 10 000 nodes ≤ 1 s. Medians of many rounds.
 */
import {
  type Backend,
  type Executable,
  type Program,
  referenceBackend,
  registerBackend,
} from "@mt/backend";
import { Adam, crossEntropy, Linear } from "@mt/nn";
import { memory, realize, type Tensor, tensor } from "@mt/tensor";
import { deviceOf } from "../packages/tensor/src/run/device.ts";
import { LeNet } from "./networks/lenet.ts";

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] as number;
const missed: number[] = [];
/** A median in microseconds, beside its target; what misses it makes the run fail. */
function check(ms: number, target: number): string {
  if (ms * 1000 > target) missed.push(target);
  return `${us(ms)}   target ${target.toFixed(2)}${ms * 1000 > target ? " MISSED" : ""}`;
}
const us = (ms: number): string => `${(ms * 1000).toFixed(2).padStart(8)} µs`;

/** The reference device, with the time its kernels and copies take. */
let inside = 0;
function timed<A extends readonly unknown[], R>(f: (...x: A) => R): (...x: A) => R {
  return (...x) => {
    const start = performance.now();
    try {
      return f(...x);
    } finally {
      inside += performance.now() - start;
    }
  };
}
function timedBackend(): Backend {
  const backend = referenceBackend();
  const compile = backend.compile.bind(backend);
  const replace = <K extends keyof Backend>(name: K, value: Backend[K]): void =>
    void Object.defineProperty(backend, name, { value });
  replace("write", timed(backend.write.bind(backend)));
  replace("readSync", timed((backend.readSync as NonNullable<Backend["readSync"]>).bind(backend)));
  replace("compile", (program: Program): Executable => {
    const executable = compile(program);
    return {
      run: timed((buffers, scalars) => executable.run(buffers, scalars)),
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  });
  return backend;
}
const backend = timedBackend();
registerBackend(backend);
const device = deviceOf(backend);
/** Forgets what was recorded without running it. */
const forget = (): number => device.pending.splice(0).length;

// ── one operation, again and again ──
const a = tensor([
  [1, 2],
  [3, 4],
]);
const hot = Array.from({ length: 200 }, () => {
  let x = a;
  const start = performance.now();
  for (let i = 0; i < 5000; i++) x = x.add(a);
  const time = (performance.now() - start) / 5000;
  forget();
  return time;
});
console.log(`record x.add(y), hot                      ${check(median(hot), 0.2)}`);

// ── a LeNet's step, between its kernels ──
const model = new LeNet();
const optimizer = new Adam(model.parameters());
const batch = 16;
const images = (): Tensor =>
  tensor(Float32Array.from({ length: batch * 784 }, Math.random), { shape: [batch, 1, 28, 28] });
const labels = (): Tensor =>
  tensor(Int32Array.from({ length: batch }, () => Math.floor(10 * Math.random())));

/** Time of barriers beyond their kernels, by listening to the device. */
let barriers = 0;
const realizeNodes = device.realize.bind(device);
device.realize = (nodes) => {
  const [start, before] = [performance.now(), inside];
  realizeNodes(nodes);
  barriers += performance.now() - start - (inside - before);
};

const cold: number[] = [];
const updates: number[] = [];
const barrier: number[] = [];
let nodes = 0;
for (let i = 0; i < 500; i++) {
  const [x, y] = [images(), labels()];
  const start = performance.now();
  const loss = crossEntropy(model.forward(x), y);
  optimizer.zeroGrad();
  loss.backward();
  const recorded = performance.now();
  nodes = device.pending.length;
  inside = 0;
  barriers = 0;
  optimizer.step();
  if (i < 200) continue;
  cold.push((recorded - start) / nodes);
  updates.push(performance.now() - recorded - inside - barriers);
  barrier.push(barriers);
}
console.log(`record a LeNet's ${nodes} nodes, each, cold        ${check(median(cold), 1)}`);
console.log(`its cached step: barrier beyond kernels   ${check(median(barrier), 50)}`);
console.log(`  recording Adam's updates                ${us(median(updates))}`);

// ── an MLP's step ──
const layers = [new Linear(2, 100), new Linear(100, 100), new Linear(100, 1)];
const parameters = layers.flatMap((layer) => [...layer.parameters()]);
const mlpOptimizer = new Adam(parameters);
const beyond: number[] = [];
const mlpBarrier: number[] = [];
for (let i = 0; i < 800; i++) {
  const x = tensor(Float32Array.from({ length: 20 }, Math.random), { shape: [10, 2] });
  inside = 0;
  barriers = 0;
  const start = performance.now();
  const h = layers.slice(0, 2).reduce((v, layer) => layer.forward(v).relu(), x as Tensor);
  const loss = (layers[2] as Linear).forward(h).sigmoid().log().neg().mean();
  mlpOptimizer.zeroGrad();
  loss.backward();
  mlpOptimizer.step();
  if (i < 300) continue;
  beyond.push(performance.now() - start - inside);
  mlpBarrier.push(barriers);
}
console.log(`an MLP's cached step: barrier             ${check(median(mlpBarrier), 50)}`);
console.log(`  all of it beyond kernels, recording too ${us(median(beyond))}`);

// ── scheduling ──
for (const size of [1250, 2500, 5000, 10_000]) {
  let x = a;
  for (let i = 0; device.pending.length < size - 3; i++)
    x = i % 5 === 4 ? x.sum(0, { keepDims: true }).add(a).exp() : x.mul(a);
  const count = device.pending.length;
  const programs = memory().programs;
  const start = performance.now();
  realize(x);
  const time = performance.now() - start;
  const fresh = memory().programs - programs;
  if (size === 10_000 && time > 1000) missed.push(1000);
  console.log(
    `schedule, compile and run ${String(count).padStart(6)} nodes (${fresh} program) ${time.toFixed(0).padStart(6)} ms   ${us(time / count).trim()} a node`,
  );
}
process.exitCode = missed.length > 0 ? 1 : 0;
