/**
 * Whether a second thread ever makes anything slower: each kind of workload on one thread and on two,
 * by turns, a process for each.
 *
 * Bound: two threads take at most 1.05 of the time of one, by the median of the turns' ratios. A turn has 5 %
 * more or less by accident; so what exceeds the bound is measured again, and has to exceed it twice.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import makePeer, { type Library } from "./peers/mt.ts";
import type { Workload } from "./peers/workload.ts";

const bound = 1.05;
const turns = 11;
/** Milliseconds of warming up, and of a turn. */
const [warm, turn] = [400, 40];

type Spec = Readonly<Record<string, unknown>> & { readonly kind: string };
const product = (n: number): Spec => ({ kind: "matmul", m: n, k: n, n });
const image = { b: 16, ci: 32, co: 64, h: 32, w: 32 };
const small = { b: 16, ci: 1, co: 4, h: 28, w: 28 };
const workloads: Readonly<Record<string, Spec>> = {
  "product of 64": product(64),
  "product of 256": product(256),
  "product of 1024": product(1024),
  "32 products of 128": { kind: "bmm", b: 32, n: 128 },
  "relu(ab + c), 16 thousand": { kind: "relu_fma", n: 2 ** 14 },
  "relu(ab + c), 1 million": { kind: "relu_fma", n: 2 ** 20 },
  "relu(ab + c), 16 million": { kind: "relu_fma", n: 2 ** 24 },
  "sigmoid(log(exp + 1)), 1 million": { kind: "explogsig", n: 2 ** 20 },
  "broadcast addition, 4096²": { kind: "bcast_add", n: 4096 },
  "sum over all, 4096²": { kind: "sum", n: 4096, axis: null },
  "sum over rows, 4096²": { kind: "sum", n: 4096, axis: 1 },
  "sum over columns, 4096²": { kind: "sum", n: 4096, axis: 0 },
  "softmax, 1024²": { kind: "softmax", n: 1024 },
  "logsumexp, 1024²": { kind: "logsumexp", n: 1024 },
  "convolution 1 → 4": { kind: "conv_fwd", ...small },
  "convolution 32 → 64": { kind: "conv_fwd", ...image },
  "gradients of 1 → 4": { kind: "conv_bwd", ...small },
  "gradients of 32 → 64": { kind: "conv_bwd", ...image },
  "MiniTorch's epoch": { kind: "train_mt_mlp", points: 50, batch: 10, lr: 0.05 },
  "step of the MNIST network": {
    kind: "train_mnist_mlp",
    batch: 64,
    dims: [784, 512, 256, 10],
    lr: 1e-3,
  },
  "step of the small convolutional network": { kind: "train_cnn", batch: 16, lr: 0.01 },
  "step of the Transformer block": {
    kind: "train_transformer",
    ...{ b: 8, t: 64, d: 128, heads: 4, lr: 1e-3 },
  },
  "1 000 dependent additions": { kind: "chain_add", steps: 1000 },
};

function gen(seed: number, count: number, scale = 1, shift = 0): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * scale + shift;
  });
}
/** Weights of these shapes, each with its biases. */
const parameters = (...shapes: (readonly number[])[]) =>
  shapes.flatMap((shape, i) => {
    const size = shape.reduce((x, y) => x * y);
    const biases = shape.length === 4 ? shape.slice(0, 1) : shape.slice(-1);
    return [
      [shape, gen(i, size, shape.length === 1 ? 1 : 0.1)] as const,
      [biases, new Float32Array(biases[0] as number)] as const,
    ];
  });
const labels = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i % 10);
const none = new Float32Array();
const library: Library = {
  gen,
  training: {
    train_mt_mlp: ({ points }) => ({
      X: gen(1, 2 * points),
      y: Float32Array.from({ length: points }, (_, i) => i % 2),
      Y: none,
      params: parameters([2, 100], [100, 100], [100, 1]),
    }),
    train_mnist_mlp: ({ batch }) => ({
      X: gen(2, batch * 784),
      y: labels(batch),
      Y: none,
      params: parameters([784, 512], [512, 256], [256, 10]),
    }),
    train_cnn: ({ batch }) => ({
      X: gen(3, batch * 784),
      y: labels(batch),
      Y: none,
      params: parameters([4, 1, 3, 3], [8, 4, 3, 3], [392, 64], [64, 10]),
    }),
    train_transformer: ({ b, t, d }) => ({
      X: gen(4, b * t * d),
      y: none,
      Y: gen(5, b * t * d),
      params: parameters([d], [d, 3 * d], [d, d], [d], [d, 4 * d], [4 * d, d]),
    }),
  },
};

/** A process with so many threads: told a name it makes that workload ready, else it takes a turn. */
function serve(threads: number): void {
  const { init, kinds } = makePeer(library);
  init(threads);
  let workload: Workload | undefined;
  const forAbout = (milliseconds: number): number => {
    const start = performance.now();
    let steps = 0;
    for (; performance.now() - start < milliseconds; steps++) workload?.step();
    return (performance.now() - start) / steps;
  };
  process.on("message", (name: string) => {
    const spec = workloads[name] as (Spec & Parameters<(typeof kinds)[string]>[0]) | undefined;
    if (spec) {
      workload?.dispose?.();
      workload = kinds[spec.kind]?.(spec);
    }
    process.send?.(forAbout(spec ? warm : turn));
  });
}

async function ask(child: ChildProcess, what: string): Promise<number> {
  child.send(what);
  const [milliseconds] = await once(child, "message");
  return milliseconds as number;
}
const middle = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] as number;

/** Times on one thread and on two, and the ratio. */
async function compare(
  [one, two]: readonly ChildProcess[],
  name: string,
): Promise<readonly [number, number, number]> {
  const times: [number, number][] = [];
  for (const child of [one, two]) await ask(child as ChildProcess, name);
  for (let i = 0; i < turns; i++)
    times.push([await ask(one as ChildProcess, ""), await ask(two as ChildProcess, "")]);
  const ratio = middle(times.map(([alone, together]) => together / alone));
  return [middle(times.map(([x]) => x)), middle(times.map(([, x]) => x)), ratio];
}

const [threads] = process.argv.slice(2);
if (process.send && threads) serve(Number(threads));
else {
  const children = ["1", "2"].map((count) => fork(import.meta.filename, [count]));
  console.log("| | one thread, ms | two | two ÷ one |\n|---|---|---|---|");
  let slower = 0;
  for (const name of Object.keys(workloads)) {
    let [alone, together, ratio] = await compare(children, name);
    if (ratio > bound) [alone, together, ratio] = await compare(children, name);
    if (ratio > bound) slower++;
    const shown = [alone, together].map((x) => x.toPrecision(3)).join(" | ");
    console.log(`| ${name} | ${shown} | ${ratio.toFixed(2)}${ratio > bound ? " slower" : ""} |`);
  }
  for (const child of children) child.kill();
  console.log(
    `\n${slower} of ${Object.keys(workloads).length} take more than ${bound} of the time.`,
  );
  process.exitCode = Math.sign(slower);
}
