/** Module 2.33 — Traced programs compute what they do untraced, a span for each kernel. */
import { record, referenceBackend, registerBackend, unregisterBackend } from "@mt/backend";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cumsum, memory, realize, type Tensor, trace } from "../../src/index.ts";
import { batch, clear, lossOf, network, read, step } from "../training.ts";

const device = record(referenceBackend());
beforeAll(() => registerBackend(device));
afterAll(() => void unregisterBackend(device.name));
beforeEach(() => {
  realize();
  device.clear();
});

const train = (): number[][] => {
  const { parameters, logits } = network();
  for (let i = 0; i < 3; i++) {
    clear(parameters);
    lossOf(logits(batch(i))).backward();
    step(parameters);
  }
  return read(...parameters);
};

describe("trace", () => {
  test("of a training computes the same numbers, in as many kernels", async () => {
    const expected = train();
    const kernels = device.kernels.length;
    let traced: number[][] = [];
    const { spans } = await trace(() => {
      traced = train();
    });
    expect(traced).toEqual(expected);
    expect(spans).toHaveLength(kernels);
    expect(new Set(spans.map(({ run }) => run)).size).toBe(3);
  });

  test("computes the tensors that are returned", async () => {
    const { spans } = await trace(() => ({ y: [batch(1).exp().sum()], n: 3 }));
    expect(spans.map(({ kernel }) => kernel.operationNames)).toEqual([["exp", "sum"]]);
  });

  test("spans follow one another, and add up", async () => {
    const timed = await trace(async () => {
      await cumsum(batch(1).exp()).sum(1).data();
    });
    const { spans } = timed;
    spans.slice(1).forEach(({ start }, i) => {
      const before = spans[i] as (typeof spans)[number];
      expect(start).toBeGreaterThanOrEqual(before.start + before.duration);
    });
    expect(timed.duration).toBeCloseTo(
      spans.reduce((n, s) => n + s.duration, 0),
      9,
    );
  });

  test("gives a table and a Chrome trace", async () => {
    const timed = await trace(() => batch(1).exp().sum().dataSync());
    const [sum, head, row] = timed.toString().split("\n");
    expect(sum).toMatch(/^\d+\.\d{3} ms in 1 kernels?$/);
    expect(head).toMatch(/ms +share +runs +memory +work +kernel/);
    expect(row).toMatch(/100\.0 % .* loop \[ \| 12\]: exp, sum$/);
    const { traceEvents } = JSON.parse(timed.chromeTrace()) as { traceEvents: object[] };
    expect(traceEvents).toMatchObject([{ name: "exp, sum", ph: "X", tid: "reference" }]);
  });

  test("gives back its memory, and stops listening", async () => {
    const taken = async (f: () => unknown): Promise<number> => {
      const { live } = memory();
      await f();
      return memory().live - live;
    };
    expect(await taken(() => trace(train))).toBe(await taken(train));
    device.clear();
    const x: Tensor = batch(1).matmul(batch(2).transpose()).exp();
    realize(x);
    expect(device.runs).toHaveLength(1);
  });

  test("passes errors on", async () => {
    await expect(trace(() => batch(1).add(batch(1).slice(null, { end: 2 })))).rejects.toThrow(
      /cannot broadcast/,
    );
  });
});
