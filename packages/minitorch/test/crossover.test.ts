import { expect, test } from "vitest";
import {
  Crossover,
  cpuThreads,
  explain,
  getBackend,
  measureCrossover,
  poolOf,
  referenceBackend,
  tensor,
  unregisterBackend,
} from "../src/index.ts";

test("sizes grow until the faster device takes its time, and explain tells what came out", async () => {
  const [device, against] = [cpuThreads({ threads: 1 }), referenceBackend()];
  const crossover = await measureCrossover(device, against, { milliseconds: 1 });
  expect(crossover.rows.length).toBe(3);
  for (const { points, from } of crossover.rows) {
    const sizes = points.map(({ size }) => size);
    expect(sizes).toEqual(sizes.map((_, i) => (sizes[0] as number) * 2 ** i));
    for (const { times } of points.slice(0, -1)) expect(Math.min(...times)).toBeLessThanOrEqual(1);
    expect(from === null || sizes.includes(from)).toBe(true);
  }
  expect(getBackend()).toBe(device);
  expect(poolOf(device).live).toBeLessThan(1e4); // nothing large stays
  const text = String(explain(tensor([1, 2]).exp()));
  expect(text.endsWith(String(crossover))).toBe(true);
  unregisterBackend(device.name);
  await device[Symbol.asyncDispose]();
});

test("a row tells from which size on the device is faster, or that it is not", () => {
  const last = { size: 64, times: [2, 30.25] } as const;
  const row = { work: "products", points: [last], from: 32 };
  const text = String(new Crossover("webgpu", "cpu-threads", [row, { ...row, from: null }]));
  expect(text.split("\n")).toEqual([
    'products: "webgpu" is faster from 32 on; at 64: 2.00 ms, and 30.3 ms on "cpu-threads"',
    'products: "cpu-threads" is faster up to 64; at 64: 2.00 ms, and 30.3 ms on "cpu-threads"',
  ]);
});
