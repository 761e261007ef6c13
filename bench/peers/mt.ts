/**
 * This project as a peer: each kind of workload through the public API, as a user would write it.
 *
 * What repeats is compiled, as the peers that can compile do; the chain of adds is not: recording
 * is what it measures.
 */
import { type CpuThreadsOptions, cpuThreads } from "@mt/backend-cpu-threads";
import {
  compile,
  conv2d,
  grad,
  noGrad,
  realize,
  registerBackend,
  Tensor,
  tensor,
} from "@mt/tensor";
import { type TrainingData, type TrainingSpec, trainings } from "./training.ts";
import type { Workload } from "./workload.ts";

/** The sizes of a workload; each kind has those that it reads here. */
interface Spec extends TrainingSpec {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly axis: number | null;
  /** Images: channels in and out, height, width. */
  readonly ci: number;
  readonly co: number;
  readonly h: number;
  readonly w: number;
  readonly steps: number;
}
/** What the runner gives to every peer. */
export interface Library {
  /** The same pseudo-random numbers for all. */
  readonly gen: (seed: number, count: number, scale?: number, shift?: number) => Float32Array;
  readonly training: Readonly<Record<string, (spec: Spec) => TrainingData>>;
}
export interface Peer {
  readonly name: string;
  init(threads: number): { readonly version: string };
  readonly kinds: Readonly<Record<string, (spec: Spec) => Workload>>;
}

/** A default export because the runner asks for one. */
export default (library: Library): Peer => peer("mt", {}, library);

/** The peer with these options of its device. */
export function peer(name: string, options: CpuThreadsOptions, library: Library): Peer {
  const { gen, training } = library;
  const made = (seed: number, shape: readonly number[], scale = 1, shift = 0): Tensor => {
    const size = shape.reduce((x, y) => x * y);
    return tensor(gen(seed, size, scale, shift), { shape });
  };
  const images = ({ b, ci, co, h, w }: Spec): [Tensor, Tensor] => [
    made(1, [b, ci, h, w]),
    made(2, [co, ci, 3, 3]),
  ];
  const halfSquares = grad(([w, x]: readonly [Tensor, Tensor]) =>
    conv2d(x, w, { padding: 1 }).square().sum().mul(0.5),
  );
  const kinds: Peer["kinds"] = {
    matmul: ({ m, k, n }) => computing([made(1, [m, k]), made(2, [k, n])], (a, b) => a.matmul(b)),
    bmm: ({ b, n }) => computing([made(1, [b, n, n]), made(2, [b, n, n])], (x, y) => x.matmul(y)),
    relu_fma: ({ n }) =>
      computing([made(1, [n]), made(2, [n]), made(3, [n])], (a, b, c) => a.mul(b).add(c).relu()),
    explogsig: ({ n }) => computing([made(1, [n])], (a) => a.exp().add(1).log().sigmoid()),
    bcast_add: ({ n }) => computing([made(1, [n, 1]), made(2, [1, n])], (a, b) => a.add(b)),
    sum: ({ n, axis }) =>
      computing([made(1, [n, n], 1, 1)], (a) => (axis === null ? a.sum() : a.sum(axis))),
    softmax: ({ n }) => computing([made(1, [n, n], 4)], (a) => a.softmax(1)),
    logsumexp: ({ n }) => computing([made(1, [n, n], 4)], (a) => a.logsumexp(1)),
    conv_fwd: (spec) => computing(images(spec), (x, w) => conv2d(x, w, { padding: 1 })),
    conv_bwd: (spec) => computing(images(spec), (x, w) => halfSquares([w, x])),
    chain_add: ({ steps }) => chain(made(1, [2, 2]), made(2, [2, 2], 0.01), steps),
  };
  const learning = Object.entries(trainings).map(([kind, of]): [string, Peer["kinds"][string]] => [
    kind,
    (spec) => of(spec, (training[kind] as Library["training"][string])(spec)),
  ]);
  return {
    name,
    init(threads) {
      registerBackend(cpuThreads({ ...options, threads }));
      return { version: `MiniTorch for TypeScript, ${threads} threads ${JSON.stringify(options)}` };
    },
    kinds: { ...kinds, ...Object.fromEntries(learning) },
  };
}

/** A function of tensors, compiled; what a call gives makes room for what the next one does. */
function computing<Inputs extends readonly Tensor[]>(
  inputs: readonly [...Inputs],
  of: (...inputs: Inputs) => Tensor | readonly Tensor[],
): Workload {
  const compiled = compile((...given: Inputs) => noGrad(() => of(...given)));
  let outputs: readonly Tensor[] = [];
  return {
    step() {
      for (const y of outputs) y.dispose();
      const result = compiled(...inputs);
      outputs = result instanceof Tensor ? [result] : result;
      realize(...outputs);
    },
    result: () => outputs.flatMap((y) => [...y.dataSync()]),
    dispose() {
      for (const x of [...outputs, ...inputs]) x.dispose();
    },
  };
}

/** a + b + b + …: recorded, run and read in every step. */
function chain(a: Tensor, b: Tensor, steps: number): Workload {
  let sum: ArrayLike<number> = [];
  return {
    step() {
      let x = a;
      for (let i = 0; i < steps; i++) x = x.add(b);
      sum = x.dataSync();
    },
    result: () => sum,
  };
}
