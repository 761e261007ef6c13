/** Kernels that are never the same. */
import type { LoopKernel } from "@mt/backend";
import { argument } from "@mt/operators";
import { expect, test } from "vitest";
import { leastFacts } from "../src/generate/kernel.ts";
import type { Faults } from "../src/gpu/faults.ts";
import { Library } from "../src/library.ts";

const nothing = (): object => ({});
const hollow = {
  createBindGroupLayout: nothing,
  createComputePipeline: nothing,
  createPipelineLayout: nothing,
  createShaderModule: nothing,
  pushErrorScope: nothing,
  popErrorScope: async () => null,
} as unknown as GPUDevice;
const unasked = { expect: () => {} } as unknown as Faults;
const choices = { choose: () => null as never, generation: 0, measure: async () => {} };

const line = { offset: 0, strides: [1] };
const kernelOf = (length: number): LoopKernel => ({
  kind: "loop",
  outer: [length],
  inner: [],
  inputs: [{ kind: "read", slot: 0, dtype: "f32", ...line, guards: [], fill: 0 }],
  folds: [],
  stores: [{ slot: 1, dtype: "f32", inside: false, ...line, body: argument(0, "f32") }],
});

test("without end are an error that asks for a pause, after which there is room", async () => {
  const library = new Library("webgpu", hollow, leastFacts, unasked, choices);
  let made = 0;
  const more = (): unknown => library.prepare(kernelOf(made + 1));
  while (made < 8192) {
    more();
    made++;
  }
  expect(more).toThrowErrorMatchingInlineSnapshot(
    `[BackendError: "webgpu" has compiled 8192 kernels without a pause, and kernels that are not used any more are let go in pauses only. Await a read now and then, or use fewer different shapes.]`,
  );
  library.prepare(kernelOf(made)); // which is there
  await new Promise((resolve) => setTimeout(resolve));
  more();
});
