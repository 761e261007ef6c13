/**
 * The network, whole arrays at a time: a layer is a matrix, a batch goes through it in one product.
 *
 * A step is recorded and run as one program; the second batch of the same size compiles nothing.
 * What an epoch adds up to stays in tensors until it is asked for.
 */
import { Adam, binaryCrossEntropyWithLogits, type Optimizer, SGD } from "@mt/nn";
import { noGrad, type Tensor, tensor } from "@mt/tensor";
import type { Engine, MakeEngine } from "./engine.ts";
import type { LayerStart, OptimizerName } from "./recipe.ts";

const optimizers: Readonly<
  Record<OptimizerName, (parameters: Tensor[], rate: number) => Optimizer>
> = {
  sgd: (parameters, rate) => new SGD(parameters, { rate }),
  adam: (parameters, rate) => new Adam(parameters, { rate }),
};

class Layer {
  readonly weights: Tensor;
  readonly biases: Tensor;

  constructor({ inputs, outputs, weights, biases }: LayerStart) {
    this.weights = tensor(weights, { shape: [inputs, outputs], requiresGrad: true });
    this.biases = tensor(biases, { requiresGrad: true });
  }

  /** x·w + b, for each row of x: `[n, inputs] → [n, outputs]` */
  forward(x: Tensor): Tensor {
    return x.matmul(this.weights).add(this.biases);
  }
}

export const tensorEngine: MakeEngine = (starts, { optimizer: name, rate }): Engine => {
  const layers = starts.map((start) => new Layer(start));
  const optimizer = optimizers[name](
    layers.flatMap(({ weights, biases }) => [weights, biases]),
    rate,
  );

  /** What the sigmoid is taken of: above 0 is label 1. `[n]` */
  const logits = (points: Float32Array): Tensor =>
    layers
      .reduce(
        (x, layer, k) => layer.forward(k === 0 ? x : x.relu()),
        tensor(points, { shape: [points.length / 2, 2] }),
      )
      .reshape(-1);

  let [sum, right] = [tensor(0), tensor(0)];
  return {
    step({ count, points, labels }) {
      optimizer.zeroGrad();
      const z = logits(points);
      const y = tensor(labels, { dtype: "f32" });
      const loss = binaryCrossEntropyWithLogits(z, y, { reduction: "sum" });
      loss.div(count).backward();
      noGrad(() => {
        sum = sum.add(loss);
        right = right.add(z.gt(0).eq(y).sum());
      });
      optimizer.step();
    },
    async totals() {
      const since = { loss: await sum.item(), right: await right.item() };
      [sum, right] = [tensor(0), tensor(0)];
      return since;
    },
    async probabilities(points) {
      return (await noGrad(() => logits(points).sigmoid()).data()) as Float32Array;
    },
  };
};
