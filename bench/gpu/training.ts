/** Steps of training: forward, loss, backward, update; and convolutions with their gradients. */
import type { Backend } from "@mt/backend";
import { Adam, crossEntropy, Linear, Module, mseLoss, type Parameter } from "@mt/nn";
import { conv2d, grad, ones, realize, type Tensor, tensor } from "@mt/tensor";
import { LeNet } from "../networks/lenet.ts";
import { type Budget, timeOf } from "./clock.ts";

const random = (backend: Backend, ...shape: readonly number[]): Tensor => {
  const size = shape.reduce((n, x) => n * x, 1);
  const data = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 509) / 509 - 0.5);
  return tensor(data, { shape: [...shape], backend });
};

interface Step {
  readonly parameters: readonly Parameter[];
  readonly loss: () => Tensor;
}

/** Milliseconds of one step with Adam. */
async function timeStep(backend: Backend, make: () => Step, budget: Budget): Promise<number> {
  const { parameters, loss } = make();
  const optimizer = new Adam(parameters, { rate: 1e-4 });
  const step = (): void => {
    loss().backward();
    optimizer.step();
    optimizer.zeroGrad();
  };
  return timeOf(step, () => backend.finish(), budget);
}

/** Three layers of so many features. */
export const mlpStep = (
  backend: Backend,
  [width, batch]: readonly [number, number],
  budget: Budget,
): Promise<number> =>
  timeStep(
    backend,
    () => {
      const layers = [0, 1, 2].map(() => new Linear(width, width));
      const [x, y] = [random(backend, batch, width), random(backend, batch, width)];
      const forward = (): Tensor =>
        layers.reduce((h, layer, i) => layer.forward(i > 0 ? h.relu() : h), x);
      return { parameters: parametersOf(layers), loss: () => mseLoss(forward(), y) };
    },
    budget,
  );

export const lenetStep = (backend: Backend, batch: number, budget: Budget): Promise<number> =>
  timeStep(
    backend,
    () => {
      const network = new LeNet();
      const x = random(backend, batch, 1, 28, 28);
      const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
      const y = tensor(labels, { shape: [batch], backend });
      return {
        parameters: [...network.parameters()],
        loss: () => crossEntropy(network.forward(x), y),
      };
    },
    budget,
  );

/** Attention and two layers, each with its norm, of so many features. */
class Block extends Module {
  readonly wide: number;
  readonly heads: number;
  readonly mixed: Linear;
  readonly joined: Linear;
  readonly up: Linear;
  readonly down: Linear;
  constructor(wide: number, heads: number) {
    super();
    this.wide = wide;
    this.heads = heads;
    this.mixed = new Linear(wide, 3 * wide);
    this.joined = new Linear(wide, wide);
    this.up = new Linear(wide, 4 * wide);
    this.down = new Linear(4 * wide, wide);
  }
  /** `[batch, length, wide] → [batch, length, wide]` */
  forward(x: Tensor): Tensor {
    const [batch, length] = x.shape as readonly [number, number, number];
    const each = this.wide / this.heads;
    const parts = this.mixed
      .forward(normalized(x))
      .reshape(batch, length, 3, this.heads, each)
      .permute(2, 0, 3, 1, 4);
    const [queries, keys, values] = [0, 1, 2].map((i) => parts.slice(i)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const weights = queries.matmul(keys.transpose()).div(Math.sqrt(each)).softmax(-1);
    const attended = weights.matmul(values).transpose(1, 2).reshape(batch, length, this.wide);
    const y = x.add(this.joined.forward(attended));
    return y.add(this.down.forward(this.up.forward(normalized(y)).gelu()));
  }
}
function normalized(x: Tensor): Tensor {
  const centered = x.sub(x.mean(-1, { keepDims: true }));
  return centered.div(centered.square().mean(-1, { keepDims: true }).add(1e-5).sqrt());
}

export const blockStep = (
  backend: Backend,
  [wide, heads, batch, length]: readonly [number, number, number, number],
  budget: Budget,
): Promise<number> =>
  timeStep(
    backend,
    () => {
      const block = new Block(wide, heads);
      const [x, y] = [random(backend, batch, length, wide), random(backend, batch, length, wide)];
      return { parameters: [...block.parameters()], loss: () => mseLoss(block.forward(x), y) };
    },
    budget,
  );

const parametersOf = (layers: readonly Module[]): Parameter[] =>
  layers.flatMap((layer) => [...layer.parameters()]);

export interface Convolution {
  readonly images: readonly [number, number, number, number];
  readonly filters: readonly [number, number, number, number];
}
/** Milliseconds of a convolution, and of its gradients of images and of filters. */
export async function convolutionTimes(
  backend: Backend,
  { images, filters }: Convolution,
  budget: Budget,
): Promise<readonly number[]> {
  const [x, w] = [random(backend, ...images), random(backend, ...filters)];
  const forward = (): Tensor => conv2d(x, w, { padding: 1 });
  const dy = ones([...forward().shape], { backend });
  const gradient = (of: 0 | 1) => () =>
    grad((z: Tensor) =>
      conv2d(of ? x : z, of ? z : w, { padding: 1 })
        .mul(dy)
        .sum(),
    )(of ? w : x);
  const times: number[] = [];
  for (const f of [forward, gradient(0), gradient(1)]) {
    const run = (): void => {
      using y = f();
      realize(y);
    };
    times.push(await timeOf(run, () => backend.finish(), budget));
  }
  return times;
}
