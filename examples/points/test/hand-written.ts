/** The same training without any library: the chain rule of this one network, written out. */
import type { Examples } from "../src/engine.ts";
import type { LayerStart } from "../src/recipe.ts";

/** A layer and, for one point at a time, what goes through it. `w[i·outputs + j]` */
const layerOf = ({ inputs, outputs, weights, biases }: LayerStart) => ({
  inputs,
  outputs,
  w: Float64Array.from(weights),
  b: Float64Array.from(biases),
  /** The sums of the gradients. */
  dw: new Float64Array(weights.length),
  db: new Float64Array(outputs),
  /** Its input, and the gradient of that. */
  x: new Float64Array(inputs),
  dx: new Float64Array(inputs),
});
type Layer = ReturnType<typeof layerOf>;

/** z = b + x·w */
function forward({ inputs, outputs, w, b, x }: Layer, z: Float64Array): void {
  z.set(b);
  for (let i = 0; i < inputs; i++) {
    const xi = x[i] as number;
    if (xi === 0) continue; // half of them are, after a relu
    for (let j = 0; j < outputs; j++) (z[j] as number) += xi * (w[i * outputs + j] as number);
  }
}

/** From dz: adds to dw and db, and sets dx, as behind a relu (in front of the first it is unused). */
function backward({ inputs, outputs, w, dw, db, x, dx }: Layer, dz: Float64Array): void {
  for (let j = 0; j < outputs; j++) (db[j] as number) += dz[j] as number;
  for (let i = 0; i < inputs; i++) {
    const xi = x[i] as number;
    dx[i] = 0;
    if (xi === 0) continue; // no gradient passes a relu at 0, and x·dz is 0
    let sum = 0;
    for (let j = 0; j < outputs; j++) {
      const d = dz[j] as number;
      (dw[i * outputs + j] as number) += xi * d;
      sum += d * (w[i * outputs + j] as number);
    }
    dx[i] = sum;
  }
}

/** Makes a step of plain gradient descent, which returns the mean loss before it. */
export function handWritten(starts: readonly LayerStart[], rate: number): (b: Examples) => number {
  const layers = starts.map(layerOf);
  const first = layers[0] as Layer;
  const [z, dz] = [new Float64Array(1), new Float64Array(1)];
  return ({ count, points, labels }) => {
    for (const { dw, db } of layers) {
      dw.fill(0);
      db.fill(0);
    }
    let loss = 0;
    for (let n = 0; n < count; n++) {
      first.x.set(points.subarray(2 * n, 2 * n + 2));
      for (const [k, layer] of layers.entries()) {
        const next = layers[k + 1];
        forward(layer, next?.x ?? z);
        if (next)
          for (let j = 0; j < next.inputs; j++) next.x[j] = Math.max(next.x[j] as number, 0);
      }
      const p = 1 / (1 + Math.exp(-(z[0] as number)));
      const label = labels[n] as number;
      loss -= Math.log(label ? p : 1 - p) / count;
      dz[0] = (p - label) / count; // d(−log p)/dz of a sigmoid
      for (let k = layers.length - 1; k >= 0; k--)
        backward(layers[k] as Layer, layers[k + 1]?.dx ?? dz);
    }
    for (const { w, b, dw, db } of layers) {
      for (let i = 0; i < w.length; i++) (w[i] as number) -= rate * (dw[i] as number);
      for (let j = 0; j < b.length; j++) (b[j] as number) -= rate * (db[j] as number);
    }
    return loss;
  };
}
