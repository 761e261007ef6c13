/**
 * The network, one number at a time: every weight is a Scalar, every neuron a sum.
 */
import { noGrad, Scalar, ScalarAdam, ScalarSGD } from "@mt/autodiff";
import type { Engine, MakeEngine } from "./engine.ts";
import type { LayerStart, OptimizerName } from "./recipe.ts";

const optimizers: Readonly<
  Record<OptimizerName, (parameters: Scalar[], rate: number) => ScalarSGD | ScalarAdam>
> = {
  sgd: (parameters, rate) => new ScalarSGD(parameters, { rate }),
  adam: (parameters, rate) => new ScalarAdam(parameters, { rate }),
};

const parameters = (values: Float32Array): Scalar[] =>
  Array.from(values, (value) => Scalar.of(value, { requiresGrad: true }));

class Layer {
  readonly weights: readonly Scalar[];
  readonly biases: readonly Scalar[];

  constructor(start: LayerStart) {
    this.weights = parameters(start.weights);
    this.biases = parameters(start.biases);
  }

  /** yⱼ = bⱼ + Σᵢ xᵢ·wᵢⱼ */
  forward(x: readonly Scalar[]): Scalar[] {
    const outputs = this.biases.length;
    return this.biases.map((bias, j) =>
      x.reduce((sum, xi, i) => sum.add(xi.mul(this.weights[i * outputs + j] as Scalar)), bias),
    );
  }
}

export const scalarEngine: MakeEngine = (starts, { optimizer: name, rate }): Engine => {
  const layers = starts.map((start) => new Layer(start));
  const optimizer = optimizers[name](
    layers.flatMap(({ weights, biases }) => [...weights, ...biases]),
    rate,
  );

  /** What the sigmoid is taken of: above 0 is label 1. */
  const logit = (points: Float32Array, i: number): Scalar => {
    const point = [...points.subarray(2 * i, 2 * i + 2)].map((x) => Scalar.of(x));
    const [output] = layers.reduce(
      (x, layer, k) => layer.forward(k === 0 ? x : x.map((h) => h.relu())),
      point,
    );
    return output as Scalar;
  };

  let [sum, right] = [0, 0];
  return {
    step({ count, points, labels }) {
      optimizer.zeroGrad();
      for (let i = 0; i < count; i++) {
        const z = logit(points, i);
        const label = labels[i] === 1;
        // −log p of the right class: p is σ(z) for label 1, and 1 − σ(z) = σ(−z) for label 0.
        const loss = (label ? z : z.neg()).logSigmoid().neg();
        loss.div(count).backward();
        sum += loss.data;
        right += Number(z.data > 0 === label);
      }
      optimizer.step();
    },
    async totals() {
      const since = { loss: sum, right };
      [sum, right] = [0, 0];
      return since;
    },
    async probabilities(points) {
      return noGrad(() =>
        Float32Array.from({ length: points.length / 2 }, (_, i) => logit(points, i).sigmoid().data),
      );
    },
  };
};
