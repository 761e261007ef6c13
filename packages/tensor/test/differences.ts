/**
 * Module 2 — Gradients of tensor functions against central differences.
 *
 * In f64, with a random cotangent for every output, by every element of every input.
 */
import { compareGradients } from "@mt/autodiff/testing";
import { type Shape, type Tensor, tensor } from "../src/index.ts";
import { randomOf } from "./values.ts";

export interface Input {
  readonly shape: Shape;
  readonly data: readonly number[];
}
const sizeOf = (shape: Shape): number => shape.reduce((n, s) => n * s, 1);

/** Numbers between −2 and 2, no two within 0.02 of each other or of 0, in random order. */
export function apart(shape: Shape, seed = 1): Input {
  const random = randomOf(seed);
  const n = sizeOf(shape);
  const data = Array.from({ length: n }, (_, i) => {
    const x = -2 + (4 * (i + 0.5)) / Math.max(n, 2);
    return Math.abs(x) < 0.02 ? x + 0.04 : x + (random() - 0.5) / (n + 1);
  });
  for (let i = n - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [data[i], data[k]] = [data[k] as number, data[i] as number];
  }
  return { shape, data };
}

const cotangentOf = (y: Tensor): Tensor => {
  const random = randomOf(y.size + 17);
  const data = Float64Array.from({ length: y.size }, () => random() * 2 - 1);
  return tensor(data, { shape: y.shape });
};

/** ∂(c · f)/∂x for random cotangents c, at every index of every input. */
export function checkVjp(
  name: string,
  f: (...x: Tensor[]) => Tensor,
  inputs: readonly Input[],
  tolerance = 1e-6,
): void {
  const make = (flat: readonly number[], requiresGrad: boolean): Tensor[] => {
    let at = 0;
    return inputs.map(({ shape }) => {
      const data = new Float64Array(flat.slice(at, at + sizeOf(shape)));
      at += data.length;
      return tensor(data, { shape, requiresGrad });
    });
  };
  const flat = inputs.flatMap(({ data }) => data);
  const x = make(flat, true);
  const y = f(...x);
  const c = cotangentOf(y);
  y.backward(c);
  const analytic = x.flatMap((leaf) =>
    leaf.grad ? [...leaf.grad.dataSync()] : new Array<number>(leaf.size).fill(0),
  );
  const value = (...numbers: number[]): number =>
    f(...make(numbers, false))
      .mul(c)
      .sum()
      .itemSync();
  compareGradients(value, flat, analytic, { name, tolerance });
}
