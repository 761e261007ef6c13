/**
 * What a GPU does: products, bandwidth, convolutions, steps of training, beside what the machine can
 * copy, what others make of it, and from which size on it is faster than the CPU device. What is computed
 * is looked at before it is timed.
 *
 * Without a GPU it runs on the software that npm brings, with small sizes. `--sizes 512,1024`: products of
 * these; `--quick`: small sizes on a GPU, too; `--peers DIR`: where jax-js and tfjs are among the
 * `node_modules`; `--python PATH`: the Python whose PyTorch is compared with.
 */

import { parseArgs } from "node:util";
import type { Backend, Program } from "@mt/backend";
import { registerBackend } from "@mt/backend";
import { cpuThreads } from "@mt/backend-cpu-threads";
import { WebgpuDevice } from "../packages/backend-webgpu/src/device.ts";
import type { MatrixConfig } from "../packages/backend-webgpu/src/gpu/limits.ts";
import { contractionUnits } from "../packages/backend-webgpu/src/wgsl/accuracy.ts";
import { measureCrossover } from "../packages/minitorch/src/crossover.ts";
import { findAdapter } from "./gpu/adapter.ts";
import { type Budget, type Look, timeOf, timeProgram } from "./gpu/clock.ts";
import { mappedAt, mustBe, productAt, squaresOf } from "./gpu/pattern.ts";
import { type Measured, native, peers } from "./gpu/peers.ts";
import { foldOf, mapOf, productOf } from "./gpu/programs.ts";
import { blockStep, convolutionTimes, lenetStep, mlpStep } from "./gpu/training.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    sizes: { type: "string" },
    peers: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});
const found = await findAdapter();
const gpu = new WebgpuDevice(found, { memory: { maximumBytes: 2 ** 35 } });
registerBackend(gpu);
const { facts } = gpu;
const quick = flags.quick || facts.software;
const sizes =
  flags.sizes?.split(",").map(sizeOf) ?? (quick ? [128, 256, 512] : [512, 1024, 2048, 4096, 8192]);
const budget: Budget = quick
  ? { milliseconds: 200, longest: 1500 }
  : { milliseconds: 500, longest: 4000 };
/** Bytes of each array of maps, folds and copies. */
const arrayBytes = Math.min(quick ? 2 ** 22 : 2 ** 28, gpu.limits.bytesPerBuffer);

/** @throws RangeError if it is no number of rows. */
function sizeOf(text: string): number {
  const size = Number(text);
  if (Number.isSafeInteger(size) && size > 0) return size;
  throw new RangeError(`--sizes: ${text} is no number of rows. Example: --sizes 512,1024`);
}

const line = (name: string, value: string, rest = ""): void =>
  console.log(`${name.padEnd(36)} ${value.padStart(16)}   ${rest}`.trimEnd());
const ms = (time: number): string => `${time.toFixed(time < 10 ? 3 : 1)} ms`;
const rate = (operations: number, time: number): string => {
  const giga = operations / time / 1e6;
  return giga < 1000 ? `${giga.toPrecision(3)} GFLOP/s` : `${(giga / 1000).toPrecision(3)} TFLOP/s`;
};
const bandwidth = (bytes: number, time: number): string =>
  `${(bytes / time / 1e6).toPrecision(3)} GB/s`;

function adapter(): void {
  const { vendor, architecture, device, description } = found.device.adapterInfo;
  const name = [vendor, architecture, device, description].filter(Boolean).join(", ");
  console.log(`adapter: ${name}`);
  if (facts.software)
    console.log("  software: no measurement of hardware; sizes are small (--sizes for products)");
  console.log(
    `features: ${[...facts.features].toSorted((x, y) => x.localeCompare(y)).join(" ") || "none"}`,
  );
  const { subgroupMatrixConfigs = [] } = found.device.adapterInfo as {
    readonly subgroupMatrixConfigs?: Iterable<MatrixConfig>;
  };
  const texts = Array.from(
    subgroupMatrixConfigs,
    ({ M, N, K, componentType, resultComponentType }) =>
      `${M} × ${N} × ${K} of ${componentType} to ${resultComponentType}`,
  );
  console.log(`subgroup matrices: ${texts.join(", ") || "none"}`);
  console.log(
    `workgroup: ${facts.invocations} invocations, ${facts.workgroupBytes} bytes; ` +
      `subgroups: ${facts.subgroups?.join(" to ") ?? "none"}; numbers: ` +
      `${facts.immediateBytes ? "immediate" : "uniform"}\n`,
  );
}

const layoutOf = (program: Program): string => {
  const pass = gpu.describe(program)[0]?.[0]?.facts;
  return pass ? `${String(pass.layout).replace(/^.* in tiles/, "tiles")}; ${pass.chosen}` : "";
};

/** Some elements of a product, in rows far from each other. */
const checkProduct = (n: number, dtype: "f32" | "f16") => async (look: Look) => {
  const bytes = gpu.dtypes.get(dtype) as number;
  for (const row of [0, Math.floor(n / 2), n - 1]) {
    const read = await look(2, bytes * row * n, bytes * n);
    const view = new DataView(read.buffer, read.byteOffset);
    for (const column of [0, 1, n - 1]) {
      const found = bytes === 4 ? view.getFloat32(4 * column, true) : halfAt(view, 2 * column);
      const what = `row ${row}, column ${column} of a product of ${dtype}, ${n},`;
      const tolerance = dtype === "f32" ? contractionUnits(n) * 2 ** -23 : 2 ** -10;
      mustBe(what, found, productAt(n, row, column, dtype), tolerance);
    }
  }
};
/** A positive normal number of f16. */
function halfAt(view: DataView, offset: number): number {
  const bits = view.getUint16(offset, true);
  return (1 + (bits & 0x3ff) / 1024) * 2 ** ((bits >> 10) - 15);
}

async function products(dtype: "f32" | "f16"): Promise<void> {
  if (!gpu.dtypes.has(dtype)) {
    line(`products of ${dtype}`, "none here");
    return;
  }
  let [last, size] = [0, 1];
  for (const n of sizes) {
    const name = `product of ${dtype}, ${n}`;
    const expected = last * (n / size) ** 3;
    if (n * n * (gpu.dtypes.get(dtype) as number) > gpu.limits.bytesPerBuffer) {
      line(name, "left out", "too large for a binding");
      continue;
    }
    if (expected > budget.longest) {
      line(name, "left out", `some ${ms(expected)}`);
      continue;
    }
    const program = productOf(n, dtype);
    last = await timeProgram(gpu, program, budget, checkProduct(n, dtype));
    size = n;
    line(name, rate(2 * n ** 3, last), `${ms(last)}; ${layoutOf(program)}`);
  }
}

/** Bytes a second from one buffer to another, both counted. */
async function copied(bytes: number): Promise<number> {
  const { device } = found;
  const usage = GPUBufferUsages.copy;
  const [from, to] = [0, 1].map(() => device.createBuffer({ size: bytes, usage })) as [
    GPUBuffer,
    GPUBuffer,
  ];
  const run = (): void => {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    device.queue.submit([encoder.finish()]);
  };
  const time = await timeOf(run, () => gpu.finish(), budget);
  from.destroy();
  to.destroy();
  return time;
}
/** COPY_SRC and COPY_DST; pages have them by name. */
const GPUBufferUsages = { copy: 0x4 | 0x8 } as const;

/** Holds a f32 of a result to what it must be. */
const checkFloat =
  (slot: number, place: number, exact: number, tolerance: number) => async (look: Look) => {
    const read = await look(slot, 4 * place, 4);
    const found = new DataView(read.buffer, read.byteOffset).getFloat32(0, true);
    mustBe(`element ${place}`, found, exact, tolerance);
  };

async function memory(): Promise<void> {
  const count = arrayBytes / 4;
  const size = `${arrayBytes / 2 ** 20} MiB`;
  const copy = await copied(arrayBytes);
  line(`copy of ${size}`, bandwidth(2 * arrayBytes, copy), ms(copy));
  const share = (moved: number, time: number): string =>
    `${ms(time)}, ${((100 * moved * copy) / (2 * arrayBytes * time)).toFixed(0)} % of the copy`;
  const [last, row] = [count - 1, count / 1024 - 1];
  const kernels: readonly (readonly [string, Program, number, (look: Look) => Promise<void>])[] = [
    [
      `relu(x · y + x) of ${size} each`,
      mapOf(count),
      3 * arrayBytes,
      checkFloat(2, last, mappedAt(last), 1e-6),
    ],
    [
      `sum of squares of ${size}`,
      foldOf(1, count),
      arrayBytes,
      checkFloat(1, 0, squaresOf(0, count), 1e-6),
    ],
    [
      `sums of rows of 1024, ${size}`,
      foldOf(count / 1024, 1024),
      arrayBytes,
      checkFloat(1, row, squaresOf(1024 * row, count), 1e-6),
    ],
  ];
  for (const [name, program, moved, check] of kernels) {
    const time = await timeProgram(gpu, program, budget, check);
    line(name, bandwidth(moved, time), share(moved, time));
  }
}

async function convolutions(): Promise<void> {
  const images = quick ? ([2, 16, 16, 16] as const) : ([64, 64, 56, 56] as const);
  const filters = [images[1], images[1], 3, 3] as const;
  const products = 9 * images.reduce((n, x) => n * x, 1) * filters[0];
  const times = await convolutionTimes(gpu, { images, filters }, budget);
  const of = `${images.join("·")} by 3 × 3`;
  ["", ", of the images", ", of the filters"].forEach((name, i) => {
    const time = times[i] as number;
    line(`convolution ${of}${name}`, rate(2 * products, time), ms(time));
  });
}

async function steps(cpu: Backend): Promise<void> {
  const [width, batch] = quick ? [128, 32] : [4096, 256];
  const mlp = await mlpStep(gpu, [width, batch], budget);
  line(`step of 3 layers of ${width}, batch ${batch}`, ms(mlp), rate(18 * batch * width ** 2, mlp));
  const images = quick ? 16 : 256;
  const lenet = await lenetStep(gpu, images, budget);
  registerBackend(cpu);
  const beside = await lenetStep(cpu, images, budget);
  registerBackend(gpu);
  line(`step of LeNet, batch ${images}`, ms(lenet), `${ms(beside)} on the CPU device`);
  const [wide, heads, sequences, length] = quick ? [64, 4, 2, 16] : [768, 12, 8, 1024];
  const block = await blockStep(gpu, [wide, heads, sequences, length], budget);
  line(`step of a GPT block of ${wide}`, ms(block), `${sequences} sequences of ${length}`);
}

async function others(): Promise<void> {
  const plan = {
    sizes: flags.sizes || !quick ? sizes.filter((n) => n <= 4096) : [128],
    count: arrayBytes / 4,
    budget,
  };
  const show = (name: string, { kind, size, time }: Measured): void => {
    if (kind === "map")
      line(`${name}, relu(x · y + x)`, bandwidth(12 * size, time), `${ms(time)}, ${size} numbers`);
    else if (kind === "copy") line(`${name}, copy`, bandwidth(8 * size, time), ms(time));
    else line(`${name}, ${kind}, ${size}`, rate(2 * size ** 3, time), ms(time));
  };
  if (flags.peers === undefined) line("jax-js, tfjs-webgpu", "not asked for", "--peers DIR");
  else await peers(flags.peers, plan, show, line);
  await native(flags.python, plan, show, line);
}

const timed = async (name: string, what: () => Promise<void>): Promise<void> => {
  console.log(name);
  await what();
  console.log();
};

adapter();
const cpu = cpuThreads();
await timed("Products of square matrices", () => products("f32"));
await timed("Products in halves, summed in f32", () => products("f16"));
await timed("Memory", memory);
await timed("Convolutions", convolutions);
await timed("Training", () => steps(cpu));
await timed("From which size on the GPU is faster than the CPU device", async () => {
  console.log(String(await measureCrossover(gpu, cpu, { milliseconds: quick ? 50 : 200 })));
});
await timed("Beside others, on the same Dawn and of the machine's own", others);
await Promise.all([gpu, cpu].map((backend) => backend[Symbol.asyncDispose]()));
