/** The device over threads: the same bits as with one, whatever happens to the others. */
import type { Backend } from "@mt/backend";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { cumsum, manualSeed, randn } from "../../../tensor/src/index.ts";
import { on } from "../../../tensor/test/devices.ts";
import { kernelsMeanTheGraph, runs } from "../../../tensor/test/laws.ts";
import { told } from "../../../tensor/test/program-text.ts";
import { programs } from "../../../tensor/test/programs.ts";
import { makeDevice } from "../../src/device.ts";
import { nodePlatform, piscinaPlatform } from "../../src/threads/node.ts";
import type { Platform } from "../../src/threads/platform.ts";
import { always } from "./kernels.ts";

const devices: Backend[] = [];
afterEach(async () => {
  for (const device of devices.splice(0)) await device[Symbol.asyncDispose]();
});
/** Shares every kernel of more than one unit, in units as small as can be. */
function sharing(threads: number, platform: Platform = nodePlatform, patience = 30_000): Backend {
  const crew = { costs: always, patience };
  const device = makeDevice({ threads }, { tuning: { grain: 8 }, crew, platform });
  devices.push(device);
  return device;
}

/** Products, sums of all axes, softmax, a sort and draws. */
function values(): readonly ArrayLike<number>[] {
  manualSeed(1);
  const x = randn([64, 48]);
  const y = x.matmul(randn([48, 64]));
  const all = [x, y, y.softmax(1), y.sum(), y.sum(0), cumsum(y, 1), y.exp().add(x.sum()).log()];
  return all.map((tensor) => tensor.dataSync());
}

test.each([2, 4])("random programs mean what they say on %i threads", { timeout: 600_000 }, (n) => {
  const manner = { exact: true, large: true };
  const law = told((steps) => kernelsMeanTheGraph(steps, manner), manner);
  on(sharing(n), () => fc.assert(fc.property(programs(12), law), runs(0, 0.1)));
});

test("two and four threads give the bits of one", async () => {
  const alone = on(sharing(1), values);
  for (const threads of [2, 4]) {
    const device = sharing(threads);
    for (let round = 0; round < 20; round++) {
      expect(on(device, values)).toEqual(alone);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
});

test("with threads killed in their chunks, every value is what it would have been", async () => {
  const faulty = piscinaPlatform(new URL("./faulty-worker.ts", import.meta.url));
  const memories: WebAssembly.Memory[] = [];
  const platform: Platform = {
    ...faulty,
    hire(count, post, lost) {
      memories.push(post.memory); // once per generation of workers
      return faulty.hire(count, post, lost);
    },
  };
  const alone = on(sharing(1), values);
  const device = sharing(2, platform, 50);
  const until = performance.now() + 30_000;
  while (memories.length < 4 && performance.now() < until) {
    expect(on(device, values)).toEqual(alone);
    for (const memory of memories.slice(-1)) new Int32Array(memory.buffer)[0] = 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(memories.length).toBeGreaterThanOrEqual(4);
});
