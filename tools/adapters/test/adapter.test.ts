import { expect, test } from "vitest";
import { create } from "webgpu";
import { adapter, createOptions, numeric } from "../src/numeric.ts";
import { nameOf } from "../src/ways.ts";

/** Asks in this process, as a device does. */
async function adapterHere() {
  const gpu = create(createOptions);
  const found = await gpu.requestAdapter();
  if (!found) throw new Error("there is no adapter");
  return { gpu, found };
}

numeric.test("a test process is led to the adapter that was found", async () => {
  const { found } = await adapterHere();
  expect(nameOf(found.info)).toBe(adapter.name);
});

test("every run has an adapter that checks programs", async () => {
  const { gpu, found } = await adapterHere();
  const device = await found.requestDevice();
  device.pushErrorScope("validation");
  device.createShaderModule({ code: "this is no program" });
  expect(await device.popErrorScope()).not.toBeNull();
  device.destroy();
  expect(gpu).toBeDefined(); // what `create` returns must outlive its devices
});
