import { describe, expect, it } from "vitest";
import { BackendError, BufferPool, poolOf, referenceBackend, sizeClass } from "../src/index.ts";

describe("a size class", () => {
  it("holds the request and wastes at most a sixteenth, or 63 bytes", () => {
    for (let bytes = 0; bytes < 5000; bytes++) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size - bytes).toBeLessThanOrEqual(Math.max(64, bytes / 16));
    }
  });
  it("serves every request within it with one class", () => {
    for (const bytes of [0, 1, 64, 1000, 100_000, 2 ** 31 + 5])
      expect(sizeClass(sizeClass(bytes))).toBe(sizeClass(bytes));
  });
});

describe("a buffer pool", () => {
  it("lends a freed buffer again", () => {
    const pool = new BufferPool(referenceBackend());
    const first = pool.allocate(1000);
    pool.free(first);
    const second = pool.allocate(990);
    expect(second.block).toBe(first.block);
    expect(second.bytes).toBe(990);
  });
  it("counts live, idle and peak bytes", () => {
    const pool = new BufferPool(referenceBackend());
    const a = pool.allocate(1024);
    const b = pool.allocate(2048);
    expect([pool.live, pool.pooled, pool.peak]).toEqual([3072, 0, 3072]);
    pool.free(a);
    expect([pool.live, pool.pooled, pool.peak]).toEqual([2048, 1024, 3072]);
    pool.free(b);
    pool.trim();
    expect([pool.live, pool.pooled, pool.peak]).toEqual([0, 0, 3072]);
  });
  it("refuses to take a buffer back twice, and stays intact", () => {
    const pool = new BufferPool(referenceBackend());
    const buffer = pool.allocate(8);
    pool.free(buffer);
    expect(() => pool.free(buffer)).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: free: block 1 of "reference" has been freed. Use it between allocate and free only.]`,
    );
    expect(pool.pooled).toBe(64);
  });
  it("gives idle buffers to the device before it passes its budget", () => {
    const pool = new BufferPool(referenceBackend());
    pool.budget = 4096;
    pool.free(pool.allocate(4096));
    expect(pool.allocate(2048).bytes).toBe(2048);
    expect(pool.pooled).toBe(0);
  });
  it("names the largest buffers when the budget is spent", () => {
    const pool = new BufferPool(referenceBackend());
    pool.budget = 4096;
    pool.allocate(1024, "f32 [16, 16]");
    pool.allocate(2048, "weights");
    expect(() => pool.allocate(1100, "f32 [275]")).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: allocate: 1100 bytes for f32 [275] pass the budget of 4096 bytes on "reference"; in use: weights (2048 bytes), f32 [16, 16] (1024 bytes). Dispose of tensors, await a read in each step, or raise the budget.]`,
    );
    expect(pool.live).toBe(3072);
  });
  it("passes on what the device says when it is out of memory", () => {
    const pool = new BufferPool(referenceBackend());
    expect(() => pool.allocate(2 ** 52)).toThrow(BackendError);
    expect(pool.live).toBe(0);
  });
  it("is one per device", () => {
    const backend = referenceBackend();
    expect(poolOf(backend)).toBe(poolOf(backend));
    expect(poolOf(backend)).not.toBe(poolOf(referenceBackend()));
  });
});

it("a budget that nothing fits says that nothing is in use", () => {
  const pool = new BufferPool(referenceBackend());
  pool.budget = 10;
  expect(() => pool.allocate(100, "weights")).toThrow(/for weights pass .*; in use: nothing\. /);
  expect(pool.live + pool.pooled).toBe(0);
});
