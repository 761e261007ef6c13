/** All that the laws of devices ask for is WGSL that compiles, checked where nothing can compute. */
import {
  type Backend,
  type BackendError,
  Decorator,
  type Executable,
  type Kernel,
  type Program,
  referenceBackend,
} from "@mt/backend";
import { conform } from "@mt/backend/testing";
import { beforeAll, expect, test } from "vitest";
import { create } from "webgpu";
import { webgpu } from "../src/index.ts";
import type { WebgpuOptions } from "../src/options.ts";

const gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
const nullDevice = (options: WebgpuOptions = {}): Promise<Backend> => webgpu({ gpu, ...options });

/** The reference device, asked for the kernels that the GPU takes; it keeps all programs. */
class Listening extends Decorator {
  readonly programs: Program[] = [];
  readonly #like: Backend;
  constructor(like: Backend) {
    super(referenceBackend());
    this.#like = like;
  }
  override claims(kernel: Kernel): boolean {
    return this.#like.claims(kernel);
  }
  override compile(program: Program): Executable {
    this.programs.push(program);
    return super.compile(program);
  }
}

let programs: readonly Program[] = [];
beforeAll(async () => {
  const device = new Listening(await nullDevice());
  await conform(device, { runs: 10 });
  programs = device.programs;
});

test.each([
  ["all limits and features", {}],
  ["the least limits and no features", { features: [], limits: { maxImmediateSize: 0 } }],
])("every kernel of the laws is valid with %s", async (_, options) => {
  const device = await nullDevice(options);
  let compiled = 0;
  for (const program of programs)
    try {
      device.compile(program)[Symbol.dispose]();
      compiled++;
    } catch (error) {
      expect((error as BackendError).code).toBe("unknown-dtype"); // f64, which no GPU has
    }
  await device.finish();
  expect(compiled).toBeGreaterThan(500);
});
