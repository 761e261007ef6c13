/** Module 2 — What is compiled, how often it runs, and what reading teaches a program (R3). */
import { record, referenceBackend } from "@mt/backend";
import { beforeEach, describe, expect, test } from "vitest";
import { memory, realize, registerBackend, tensor } from "../src/index.ts";
import { batch, clear, lossOf, network, read, step } from "./training.ts";

const device = record(referenceBackend());
registerBackend(device);
beforeEach(() => {
  realize(); // what earlier tests left
  device.clear();
});

describe("numbers are data", () => {
  test("a changing learning rate is one program", () => {
    const { parameters, logits } = network();
    const round = (rate: number): void => {
      lossOf(logits(batch(1))).backward();
      step(parameters, rate);
      clear(parameters);
    };
    round(0.1);
    round(0.05);
    const before = memory().programs;
    device.clear();
    for (let k = 1; k <= 200; k++) round(1 / (k + 10));
    expect(memory().programs).toBe(before);
    expect(device.programs).toHaveLength(0);
  });
  test("1 000 different numbers in a formula are one program", () => {
    const x = tensor([1, 2, 3]);
    const at = (k: number): number[] => [
      ...x
        .mul(k)
        .add(k / 7)
        .pow(2)
        .dataSync(),
    ];
    at(0.5);
    const before = memory().programs;
    for (let k = 1; k <= 1000; k++) at(k + 0.25);
    expect(memory().programs).toBe(before);
    expect(at(2)).toEqual(
      [1, 2, 3].map((v) => Math.fround(Math.fround(v * 2 + Math.fround(2 / 7)) ** 2)),
    );
  });
});

describe("R3: reading teaches the program", () => {
  test("an interior value is computed again once, then kept by the program", () => {
    const { parameters, logits } = network(399);
    const counts: number[] = [];
    for (let k = 0; k < 8; k++) {
      device.clear();
      const hidden = logits(batch(k));
      lossOf(hidden).backward();
      step(parameters);
      const expected = read(hidden);
      counts.push(device.runs.length);
      expect(expected[0]).toHaveLength(8);
      clear(parameters);
    }
    expect(counts[0]).toBeGreaterThan(1); // the step, then the value again
    expect(counts.slice(2)).toEqual([1, 1, 1, 1, 1, 1]);
  });
  test("large interior values, kept in two buffers: memory stays flat", () => {
    const { parameters, logits } = network(400);
    const x = tensor(
      Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i)),
      { shape: [1000, 3] },
    );
    const once = (isRead: boolean): void => {
      const y = logits(x); // 8 000 bytes
      lossOf(y).backward();
      step(parameters, 0.001);
      if (isRead) y.dataSync();
      clear(parameters);
    };
    // also where nobody reads them any more
    for (const isRead of [true, false]) {
      for (let k = 0; k < 5; k++) once(true);
      for (let k = 0; k < 5; k++) once(isRead);
      device.clear();
      const before = memory();
      for (let k = 0; k < 30; k++) once(isRead);
      expect(memory().live).toBeLessThanOrEqual(before.live);
      expect(memory().pooled).toBeLessThanOrEqual(before.pooled);
      expect(device.runs).toHaveLength(30);
    }
  });
});

describe("R1: what nothing has consumed is computed with the rest", () => {
  test("in one program, and not again when it is read", () => {
    const x = tensor([1, 2, 3]);
    const [a, b, c] = [x.add(1), x.mul(2), x.exp()];
    device.clear();
    read(a);
    expect(device.runs).toHaveLength(1);
    read(b, c);
    expect(device.runs).toHaveLength(1);
  });
  test("views of elements that exist owe nothing", () => {
    const x = tensor([1, 2, 3]);
    x.reshape(3, 1).transpose();
    device.clear();
    realize();
    expect(device.runs).toHaveLength(0);
  });
  test("a graph past 10 000 nodes runs by itself", () => {
    let x = tensor([0]);
    const before = device.runs.length;
    for (let k = 0; k < 10_050; k++) x = x.add(1);
    expect(device.runs.length).toBe(before + 1);
    expect(read(x)).toEqual([[10_050]]);
  });
});
