/** The same training without any library: the chain rule of this one network, written out. */
import type { Examples } from "../src/engine.ts";
import type { LayerStart } from "../src/recipe.ts";

interface Matrix {
  readonly w: number[][]; // [inputs][outputs]
  readonly b: number[];
}

/** Plain gradient descent on all points; returns the loss before each step. */
export function losses(
  starts: readonly LayerStart[],
  { count, points, labels }: Examples,
  rate: number,
  epochs: number,
): number[] {
  const layers = starts.map(
    ({ inputs, outputs, weights, biases }): Matrix => ({
      w: Array.from({ length: inputs }, (_, i) => [
        ...weights.subarray(i * outputs, (i + 1) * outputs),
      ]),
      b: [...biases],
    }),
  );
  return Array.from({ length: epochs }, () => {
    const zero = layers.map(({ w, b }) => ({
      w: w.map((row) => row.map(() => 0)),
      b: b.map(() => 0),
    }));
    let loss = 0;
    for (let n = 0; n < count; n++) {
      const inputs = [[points[2 * n] as number, points[2 * n + 1] as number]];
      for (const { w, b } of layers) {
        const x = inputs.at(-1) as number[];
        const z = b.map((bias, j) =>
          x.reduce((sum, xi, i) => sum + xi * (w[i]?.[j] as number), bias),
        );
        inputs.push(inputs.length < layers.length ? z.map((value) => Math.max(value, 0)) : z);
      }
      const p = 1 / (1 + Math.exp(-(inputs.at(-1)?.[0] as number)));
      const label = labels[n] as number;
      loss -= Math.log(label ? p : 1 - p) / count;
      let dz = [(p - label) / count]; // d(−log p)/dz of a sigmoid
      for (let k = layers.length - 1; k >= 0; k--) {
        const [x, { w }, g] = [inputs[k] as number[], layers[k] as Matrix, zero[k] as Matrix];
        for (const [j, d] of dz.entries()) {
          (g.b[j] as number) += d;
          for (const [i, xi] of x.entries()) ((g.w[i] as number[])[j] as number) += d * xi;
        }
        const before = dz;
        dz = x.map((xi, i) =>
          xi > 0 ? before.reduce((sum, d, j) => sum + d * (w[i]?.[j] as number), 0) : 0,
        );
      }
    }
    for (const [k, { w, b }] of layers.entries()) {
      const g = zero[k] as Matrix;
      for (const j of b.keys()) (b[j] as number) -= rate * (g.b[j] as number);
      for (const [i, row] of w.entries())
        for (const j of row.keys()) (row[j] as number) -= rate * (g.w[i]?.[j] as number);
    }
    return loss;
  });
}
