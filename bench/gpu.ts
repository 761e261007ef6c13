/**
 * What a GPU does: products, bandwidth, convolutions, steps of training, beside what the machine can
 * copy, and from which size on it is faster than the CPU device.
 *
 * Sizes are left out that would take too long: the adapter may be software. `--quick`: small ones
 * only. With `--gpu=NAME` as `create` of npm's webgpu takes it, another of Dawn's backends.
 */
import type { Backend, Program } from "@mt/backend";
import { registerBackend } from "@mt/backend";
import { cpuThreads } from "@mt/backend-cpu-threads";
import type { DType } from "@mt/operators";
import { WebgpuDevice } from "../packages/backend-webgpu/src/device.ts";
import { findDevice } from "../packages/backend-webgpu/src/gpu/find.ts";
import { measureCrossover } from "../packages/minitorch/src/crossover.ts";
import { type Budget, timeOf, timeProgram } from "./gpu/clock.ts";
import { peers } from "./gpu/peers.ts";
import { foldOf, mapOf, productOf } from "./gpu/programs.ts";
import { blockStep, convolutionTimes, lenetStep, mlpStep } from "./gpu/training.ts";

const found = await findDevice("webgpu", {});
const gpu = new WebgpuDevice(found, {});
registerBackend(gpu);
const { facts } = gpu;
const quick = process.argv.includes("--quick") || facts.software;
const budget: Budget = quick
  ? { milliseconds: 200, longest: 1500 }
  : { milliseconds: 500, longest: 4000 };

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
  console.log(
    `adapter: ${name}${facts.software ? " (software: not a measurement of hardware)" : ""}`,
  );
  console.log(
    `features: ${[...facts.features].toSorted((x, y) => x.localeCompare(y)).join(" ") || "none"}`,
  );
  const configs = (found.device.adapterInfo as { subgroupMatrixConfigs?: Iterable<object> })
    .subgroupMatrixConfigs;
  const texts = [...(configs ?? [])].map((x) => JSON.stringify(x));
  console.log(`subgroup matrices: ${texts.join(" ") || "none"}`);
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

async function products(dtype: DType): Promise<void> {
  if (!gpu.dtypes.has(dtype)) {
    line(`products of ${dtype}`, "none here");
    return;
  }
  let last = 0;
  for (const n of [128, 256, 512, 1024, 2048, 4096, 8192]) {
    const bytes = n * n * (gpu.dtypes.get(dtype) as number);
    const expected = last * 8;
    if (n < 512 && !quick) continue;
    if (expected > budget.longest || bytes > gpu.limits.bytesPerBuffer) {
      line(
        `product of ${dtype}, ${n}`,
        "left out",
        expected ? `some ${ms(expected)}` : "too large",
      );
      break;
    }
    const program = productOf(n, dtype);
    last = await timeProgram(gpu, program, budget);
    line(`product of ${dtype}, ${n}`, rate(2 * n ** 3, last), `${ms(last)}; ${layoutOf(program)}`);
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

async function memory(): Promise<void> {
  const most = Math.min(2 ** 28, gpu.limits.bytesPerBuffer);
  const bytes = quick ? 2 ** 22 : most;
  const count = bytes / 4;
  const size = `${bytes / 2 ** 20} MiB`;
  const copy = await copied(bytes);
  line(`copy of ${size}`, bandwidth(2 * bytes, copy), ms(copy));
  const share = (moved: number, time: number): string =>
    `${ms(time)}, ${((100 * moved * copy) / (2 * bytes * time)).toFixed(0)} % of the copy`;
  const kernels: readonly (readonly [string, Program, number])[] = [
    [`relu(x · y + x) of ${size} each`, mapOf(count), 3 * bytes],
    [`sum of squares of ${size}`, foldOf(1, count), bytes],
    [`sums of rows of 1024, ${size}`, foldOf(count / 1024, 1024), bytes],
  ];
  for (const [name, program, moved] of kernels) {
    const time = await timeProgram(gpu, program, budget);
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
await timed("Beside others on the same Dawn", () => peers(quick ? 128 : 4096, budget, line));
await Promise.all([gpu, cpu].map((backend) => backend[Symbol.asyncDispose]()));
