/** Memory that runs out, and kernels that trap, are errors after which the program goes on. */
import { cumsum, ones, realize } from "@mt/tensor";
import { expect, test, vi } from "vitest";
import { cpuThreads } from "../../src/index.ts";
import { Crew } from "../../src/threads/crew.ts";

test("memory that runs out is an error that names the largest tensors; then it goes on", () => {
  const backend = cpuThreads({ threads: 1, memory: { maximumBytes: 2 ** 22 } });
  const kept = ones([700_000], { backend }).clone();
  realize(kept);
  const refused = kept.add(1);
  expect(() => realize(refused)).toThrow(
    /bytes for f32\[700000\] pass the budget[^;]*; in use: f32\[700000\]/,
  );
  expect(kept.sum().itemSync()).toBe(700_000);
  kept.dispose();
  expect(ones([700_000], { backend }).add(1).sum().itemSync()).toBe(1_400_000);
});

test("a trap is an error that names the kernel; then it goes on", () => {
  const x = ones([30, 20], { backend: cpuThreads({ threads: 1 }) }).clone();
  realize(x);
  const { run } = Crew.prototype;
  // a block behind the end of memory: reading an address there traps
  vi.spyOn(Crew.prototype, "run").mockImplementationOnce(function (this: Crew, job, units) {
    return run.call(this, job, units, -64);
  });
  expect(() => cumsum(x, 1).dataSync()).toThrow(
    /failed to run prefix \[30\], along 30, .*: memory access out of bounds/,
  );
  expect(cumsum(x, 1).sum().itemSync()).toBe(30 * 210);
});
