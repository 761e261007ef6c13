/**
 * How fast contractions are on one thread of the CPU device, beside its tile alone on data that stay
 * in the first cache (the most its code could reach, measured in the same run).
 *
 * The best of many runs; time in kernels, and how it divides among them.
 */
import type { Backend } from "@mt/backend";
import { conv2d, grad, type Tensor, tensor } from "@mt/tensor";
import { makeDevice } from "../packages/backend-cpu-threads/src/device.ts";
import { writeTile } from "../packages/backend-cpu-threads/src/generate/contract-tile.ts";
import { Vectors } from "../packages/backend-cpu-threads/src/vectors/vectors.ts";
import { Code } from "../packages/backend-cpu-threads/src/wasm/code.ts";
import { assemble } from "../packages/backend-cpu-threads/src/wasm/module.ts";

/** GFLOP/s of a tile of 6 × 8 over 256 points, again and again. */
function peak(): number {
  const code = new Code(["i32"]);
  const left = code.i32(1024).keep("i32");
  const right = code.i32(16384).keep("i32");
  const summed = [{ extent: 256, steps: [24, 16 * (wide ? 4 : 2)] as const }];
  const vectors = wide ? 4 : 2;
  const tile = {
    rows: 6,
    vectors,
    rowStep: 4,
    columnStep: 16,
    folded: false,
    summed,
    dtype: "f32" as const,
  };
  const times = code.i32(0).keep("i32");
  code.while(
    times,
    () => code.get(0),
    1,
    () => {
      writeTile(new Vectors(code), tile, [left, right])
        .flat()
        .forEach((sum, k) => {
          code
            .i32(32768)
            .get(sum)
            .at("v128.store", 16 * k);
        });
    },
  );
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
  const module = new WebAssembly.Module(assemble([{ code, export: "run" }]));
  const { run } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  let best = Infinity;
  for (let i = 0; i < 300; i++) {
    const start = performance.now();
    (run as (times: number) => void)(100);
    best = Math.min(best, performance.now() - start);
  }
  return (100 * 2 * 6 * (wide ? 16 : 8) * 256) / best / 1e6;
}

let kernels: { readonly summary: string; readonly time: number }[] = [];
const wide = process.argv.includes("--wide");
const backend: Backend = makeDevice(wide ? { simd256: "auto" } : {}, {
  dispatch: ({ run, units, summary }, block) => {
    const start = performance.now();
    run(0, units, block);
    kernels.push({ summary: `${summary} (${units})`, time: performance.now() - start });
  },
});
const random = (...shape: number[]): Tensor => {
  const size = shape.reduce((n, x) => n * x, 1);
  return tensor(
    Float32Array.from({ length: size }, () => Math.random() - 0.5),
    { shape, backend },
  );
};
const most = peak();
console.log(`a tile alone: ${most.toFixed(1)} GFLOP/s`);

/** Runs it often; what a run's kernels took at best, and which were slow. */
function measure(name: string, products: number, run: () => Tensor): void {
  let best: typeof kernels = [];
  let least = Infinity;
  const until = performance.now() + 600;
  for (let i = 0; i < 5 || performance.now() < until; i++) {
    kernels = [];
    run().dataSync();
    const total = kernels.reduce((sum, { time }) => sum + time, 0);
    if (total < least) [least, best] = [total, kernels];
  }
  const rate = (2 * products) / least / 1e6;
  const times = new Map<string, number>();
  for (const { summary, time } of best) times.set(summary, (times.get(summary) ?? 0) + time);
  const parts = [...times]
    .filter(([, time]) => time > 0.02 * least)
    .map(([summary, time]) => `${summary} ${((100 * time) / least).toFixed(0)} %`);
  console.log(
    `${name.padEnd(34)} ${least.toFixed(3).padStart(8)} ms ${rate.toFixed(1).padStart(6)} GFLOP/s` +
      ` ${((100 * rate) / most).toFixed(0).padStart(3)} %   ${parts.join("; ")}`,
  );
}

for (const n of [4, 8, 16, 32, 64, 128, 256, 512, 1024]) {
  const [x, y] = [random(n, n), random(n, n)];
  measure(`matmul ${n}`, n ** 3, () => x.matmul(y));
}
{
  const [x, y] = [random(32, 128, 128), random(32, 128, 128)];
  measure("matmul 32 × 128", 32 * 128 ** 3, () => x.matmul(y));
  measure("the same, second transposed", 32 * 128 ** 3, () => x.matmul(y.transpose()));
  const [w, v] = [random(512, 512), random(512)];
  measure("matrix × vector 512", 512 ** 2, () => w.matmul(v));
  measure("vector × matrix 512", 512 ** 2, () => v.matmul(w));
  measure("512 transposed × 512", 512 ** 3, () => w.transpose().matmul(w));
  const bias = random(256);
  const [image, weight] = [random(64, 784), random(784, 256)];
  measure("64 × 784 × 256, bias, relu", 64 * 784 * 256, () =>
    image.matmul(weight).add(bias).relu(),
  );
}
/** Forward, and the gradient of either operand. */
function convolution(name: string, images: number[], filters: number[], options: object): void {
  const [x, w] = [random(...images), random(...filters)];
  const made = conv2d(x, w, options);
  const products = made.shape.reduce((n, k) => n * k, 1) * filters.slice(1).reduce((n, k) => n * k);
  measure(`${name}, forward`, products, () => conv2d(x, w, options));
  const dy = random(...made.shape);
  const gradient = (which: 0 | 1) => () =>
    grad((z: Tensor) =>
      conv2d(which ? x : z, which ? z : w, options)
        .mul(dy)
        .sum(),
    )(which ? w : x);
  measure(`${name}, of the input`, products, gradient(0));
  measure(`${name}, of the weights`, products, gradient(1));
}
convolution("conv 16·32·32² → 64, 3²", [16, 32, 32, 32], [64, 32, 3, 3], { padding: 1 });
convolution("conv, stride 2", [16, 32, 32, 32], [64, 32, 3, 3], { padding: 1, stride: 2 });
convolution("conv 16·1·28² → 4, 3²", [16, 1, 28, 28], [4, 1, 3, 3], { padding: 1 });
convolution("conv 8·128·28² → 128, 32 groups", [8, 128, 28, 28], [128, 4, 3, 3], {
  padding: 1,
  groups: 32,
});
convolution("conv 8·64·28² → 64, 4 groups", [8, 64, 28, 28], [64, 16, 3, 3], {
  padding: 1,
  groups: 4,
});
convolution("conv 8·64·28² → 64, depthwise", [8, 64, 28, 28], [64, 1, 3, 3], {
  padding: 1,
  groups: 64,
});
