/** Module 2 — A small training, by hand: what the rules of laziness are tried on. */
import { noGrad, realize, type Tensor, tensor } from "../src/index.ts";

export const read = (...list: readonly (Tensor | null)[]): number[][] =>
  list.map((x) => [...(x as Tensor).dataSync()]);

export const batch = (seed: number): Tensor =>
  tensor(
    Float32Array.from({ length: 12 }, (_, i) => Math.sin(seed * 12 + i)),
    { shape: [4, 3] },
  );

/** Two layers, large enough that hidden values do not fit into small results. */
export function network(hidden = 5): { parameters: Tensor[]; logits: (x: Tensor) => Tensor } {
  const numbers = (n: number, k: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => Math.cos(i * k) / 2);
  const weights = tensor(numbers(3 * hidden, 1.7), { shape: [3, hidden], requiresGrad: true });
  const bias = tensor(numbers(hidden, 2.3), { requiresGrad: true });
  const out = tensor(numbers(hidden * 2, 0.9), { shape: [hidden, 2], requiresGrad: true });
  return {
    parameters: [weights, bias, out],
    logits: (x) => x.matmul(weights).add(bias).tanh().matmul(out),
  };
}
export const lossOf = (logits: Tensor): Tensor => logits.logSoftmax(1).slice(null, 0).mean().neg();

export function update(parameters: readonly Tensor[], rate: number): void {
  noGrad(() => {
    for (const p of parameters) if (p.grad) p.assign(p.sub(p.grad.mul(rate)));
  });
}
export function step(parameters: readonly Tensor[], rate = 0.5): void {
  update(parameters, rate);
  realize();
}
export const clear = (parameters: readonly Tensor[]): void => {
  for (const p of parameters) p.grad = null;
};
