/**
 * The trainers among the workloads: forward, loss, backward and an optimizer's update, compiled.
 *
 * Their parameters come as pairs, weights and biases, `[inputs, outputs]` and `[outputs]`; those of
 * a convolution are `[out, in, height, width]`.
 */
import { Adam, crossEntropy, mseLoss, type Optimizer, Parameter, SGD } from "@mt/nn";
import { avgPool2d, compile, conv2d, type Tensor, tensor } from "@mt/tensor";
import type { Workload } from "./workload.ts";

export interface TrainingSpec {
  readonly lr: number;
  readonly points: number;
  readonly batch: number;
  readonly dims: readonly number[];
  /** Sequences: how many, length, features, heads. */
  readonly b: number;
  readonly t: number;
  readonly d: number;
  readonly heads: number;
}
/** As the runner names it: inputs, and labels `y` or targets `Y`. */
export interface TrainingData {
  readonly X: Float32Array;
  readonly y: Float32Array | Int32Array;
  readonly Y: Float32Array;
  readonly params: readonly (readonly [shape: readonly number[], data: Float32Array])[];
}

type Affine = readonly [weights: Parameter, biases: Parameter];
type Layers = readonly [Affine, Affine, Affine, ...Affine[]];
type Batch = readonly [x: Tensor, y: Tensor];

const affine = (x: Tensor, [weights, biases]: Affine): Tensor => x.matmul(weights).add(biases);
/** A relu after each layer but the last. */
const dense = (x: Tensor, layers: readonly Affine[]): Tensor =>
  layers.reduce((y, layer, i) => affine(i > 0 ? y.relu() : y, layer), x);
const convolution = (x: Tensor, [weights, biases]: Affine): Tensor =>
  conv2d(x, weights, { padding: 1 })
    .add(biases.reshape(-1, 1, 1))
    .relu();

function normalized(x: Tensor, [scale, shift]: Affine): Tensor {
  const centered = x.sub(x.mean(-1, { keepDims: true }));
  const variance = centered.square().mean(-1, { keepDims: true });
  return centered.div(variance.add(1e-5).sqrt()).mul(scale).add(shift);
}
/** From queries, keys and values side by side, `[b, t, 3·d]`, to `[b, t, d]`. */
function attention(x: Tensor, heads: number): Tensor {
  const [b, t, width] = x.shape as readonly [number, number, number];
  const each = width / 3 / heads;
  const parts = x.reshape(b, t, 3, heads, each).permute(2, 0, 3, 1, 4);
  const [queries, keys, values] = [0, 1, 2].map((i) => parts.slice(i)) as [Tensor, Tensor, Tensor];
  const weights = queries.matmul(keys.transpose()).div(Math.sqrt(each)).softmax(-1);
  return weights.matmul(values).transpose(1, 2).reshape(b, t, -1);
}

/** A step takes each batch once; its result is the loss of the last. */
function training(
  { params }: TrainingData,
  optimizerOf: (parameters: readonly Parameter[]) => Optimizer,
  batches: readonly Batch[],
  lossOf: (layers: Layers, x: Tensor, y: Tensor) => Tensor,
): Workload {
  const parameters = params.map(([shape, data]) => new Parameter(tensor(data, { shape })));
  const layers = Array.from({ length: parameters.length / 2 }, (_, i) =>
    parameters.slice(2 * i, 2 * i + 2),
  ) as unknown as Layers;
  const optimizer = optimizerOf(parameters);
  const update = compile((x: Tensor, y: Tensor) => {
    const loss = lossOf(layers, x, y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.detach();
  });
  let loss: Tensor;
  return {
    step() {
      for (const [x, y] of batches) loss = update(x, y);
    },
    result: () => loss.dataSync(),
  };
}
const sgd =
  ({ lr }: TrainingSpec) =>
  (p: readonly Parameter[]) =>
    new SGD(p, { rate: lr });
const adam =
  ({ lr }: TrainingSpec) =>
  (p: readonly Parameter[]) =>
    new Adam(p, { rate: lr });

type Trainer = (spec: TrainingSpec, data: TrainingData) => Workload;

/** One epoch of MiniTorch's points: which side of a line are they on? */
const points: Trainer = (spec, data) => {
  const { batch } = spec;
  const batches = Array.from({ length: spec.points / batch }, (_, i): Batch => {
    const [from, to] = [i * batch, (i + 1) * batch];
    const x = tensor(data.X.slice(2 * from, 2 * to), { shape: [batch, 2] });
    return [x, tensor(data.y.slice(from, to))];
  });
  return training(data, sgd(spec), batches, (layers, x, y) => {
    const p = dense(x, layers).sigmoid().reshape(batch);
    return p
      .mul(y)
      .add(p.sub(1).mul(y.sub(1)))
      .log()
      .neg()
      .mean();
  });
};

const digits: Trainer = (spec, data) => {
  const x = tensor(data.X, { shape: [spec.batch, spec.dims[0] as number] });
  return training(data, adam(spec), [[x, tensor(data.y)]], (layers, x, y) =>
    crossEntropy(dense(x, layers), y),
  );
};

const convolutions: Trainer = (spec, data) => {
  const x = tensor(data.X, { shape: [spec.batch, 1, 28, 28] });
  return training(data, sgd(spec), [[x, tensor(data.y)]], ([first, second, ...rest], x, y) => {
    const maps = convolution(convolution(x, first), second);
    return crossEntropy(dense(avgPool2d(maps, 4).reshape(spec.batch, -1), rest), y);
  });
};

const transformer: Trainer = (spec, data) => {
  const { b, t, d, heads } = spec;
  const [x, y] = [data.X, data.Y].map((list) => tensor(list, { shape: [b, t, d] })) as [
    Tensor,
    Tensor,
  ];
  return training(data, adam(spec), [[x, y]], ([norm, toHeads, fromHeads, ...more], x, y) => {
    const [normAgain, ...inner] = more as [Affine, ...Affine[]];
    const attended = attention(affine(normalized(x, norm), toHeads), heads);
    const middle = x.add(affine(attended, fromHeads));
    return mseLoss(middle.add(dense(normalized(middle, normAgain), inner)), y);
  });
};

/** By the names of the kinds of workload. */
export const trainings: Readonly<Record<string, Trainer>> = {
  train_mt_mlp: points,
  train_mnist_mlp: digits,
  train_cnn: convolutions,
  train_transformer: transformer,
};
