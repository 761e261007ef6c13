/**
 * How to train on each set.
 *
 * The network is 2 → hidden → hidden → 1 with relu, relu and a sigmoid; weights start uniform in
 * (−1, 1). MiniTorch has two recipes: a narrow network and all points at once, and a wide one in
 * small batches, for trainers that are fast enough. Both do for all sets but the spirals: those
 * need Adam.
 */
import type { PointSetName } from "@mt/datasets";
import type { Random } from "@mt/operators";

export type OptimizerName = "sgd" | "adam";

export interface Recipe {
  /** Neurons in each hidden layer. */
  readonly hidden: number;
  readonly optimizer: OptimizerName;
  readonly rate: number;
  /** Points per step; Infinity: all of them. */
  readonly batch: number;
  /** At most so many; training ends sooner if all points are right. */
  readonly epochs: number;
}

export type Recipes = Readonly<Record<PointSetName, Recipe>>;

const spiral: Recipe = { hidden: 50, optimizer: "adam", rate: 0.01, batch: 10, epochs: 1000 };

const withPlain = (plain: Recipe): Recipes => ({
  simple: plain,
  diag: plain,
  split: plain,
  xor: plain,
  circle: plain,
  spiral,
});

export const narrow: Recipes = withPlain({
  hidden: 10,
  optimizer: "sgd",
  rate: 0.5,
  batch: Number.POSITIVE_INFINITY,
  epochs: 1000,
});

export const wide: Recipes = withPlain({
  hidden: 100,
  optimizer: "sgd",
  rate: 0.05,
  batch: 10,
  epochs: 1000,
});

/** What a layer of `inputs → outputs` starts with. */
export interface LayerStart {
  readonly inputs: number;
  readonly outputs: number;
  /** `[inputs, outputs]`, row by row. */
  readonly weights: Float32Array;
  /** `[outputs]` */
  readonly biases: Float32Array;
}

/** The layers of the network as they are before training: the same for every engine. */
export function initialLayers(hidden: number, random: Random): LayerStart[] {
  const drawn = (length: number): Float32Array =>
    Float32Array.from({ length }, () => 2 * (random.uniform() - 0.5));
  const sizes = [2, hidden, hidden, 1];
  return sizes.slice(1).map((outputs, k) => {
    const inputs = sizes[k] as number;
    return { inputs, outputs, weights: drawn(inputs * outputs), biases: drawn(outputs) };
  });
}
