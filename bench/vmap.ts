/**
 * What a gradient for each of 64 examples costs, beside one gradient of their mean.
 *
 * Target: `vmap(grad(loss))` ≤ 3 × the batched gradient, and equal to a loop to 1e-6. Both are
 * recorded, run and waited for at each step; rounds alternate. The wide network writes 64 times
 * the bytes that the batched gradient writes: its ratio is that of memory, not of arithmetic.
 */
import { grad, manualSeed, randn, realize, type Tensor, vmap } from "@mt/tensor";

type Parameters = readonly Tensor[];
const samples = 64;
const target = 3;

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] as number;

/** Works for one example, and for rows of them. */
const loss = ([w1, b1, w2, b2, w3, b3]: Parameters, x: Tensor, y: Tensor): Tensor => {
  const layer = (v: Tensor, w: Tensor | undefined, b: Tensor | undefined): Tensor =>
    v.matmul(w as Tensor).add(b as Tensor);
  const h = layer(layer(x, w1, b1).tanh(), w2, b2).tanh();
  return layer(h, w3, b3).sub(y).square().mean();
};
const batched = grad(loss);
const perSample = vmap(grad(loss), [null, 0, 0]);

/** Milliseconds of one run, results included. */
function time(f: () => Parameters): number {
  const start = performance.now();
  const results = f();
  realize(...results);
  results[0]?.slice(0).sum().itemSync();
  const spent = performance.now() - start;
  for (const x of results) x.dispose();
  return spent;
}

for (const sizes of [
  [2, 32, 32, 1],
  [2, 100, 100, 1],
]) {
  manualSeed(1);
  const shapes = sizes.slice(1).flatMap((n, k) => [[sizes[k] as number, n], [n]]);
  const parameters = shapes.map((shape) => randn(shape).mul(0.3).clone());
  const x = randn([samples, sizes[0] as number]).clone();
  const y = randn([samples, 1]).clone();

  const found = perSample(parameters, x, y);
  let difference = 0;
  for (let k = 0; k < samples; k++)
    batched(parameters, x.slice(k), y.slice(k)).forEach((g, i) => {
      const apart = g
        .sub((found[i] as Tensor).slice(k))
        .abs()
        .max()
        .itemSync();
      difference = Math.max(difference, apart);
    });

  const [one, each]: [number[], number[]] = [[], []];
  for (let round = 0; round < 60; round++) {
    const batch = time(() => batched(parameters, x, y));
    const all = time(() => perSample(parameters, x, y));
    if (round < 20) continue;
    one.push(batch);
    each.push(all);
  }
  const ratio = median(each) / median(one);
  console.log(
    `MLP ${sizes.join("–")}, ${samples} examples: batched ${median(one).toFixed(2)} ms, ` +
      `each ${median(each).toFixed(2)} ms, ratio ${ratio.toFixed(2)}   target ${target}`,
  );
  console.log(`  greatest difference from a loop ${difference.toExponential(1)}   target 1e-6`);
  if (!(ratio <= target && difference <= 1e-6)) {
    console.log("  MISSED");
    process.exitCode = 1;
  }
}
