/** Module 2.30 — What explain says is what a recording device sees. */
import {
  Decorator,
  kernelText,
  type Pass,
  type Program,
  programText,
  record,
  referenceBackend,
  registerBackend,
  unregisterBackend,
} from "@mt/backend";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  cumsum,
  explain,
  ones,
  realize,
  type Tensor,
  tensor,
  valueAndGrad,
} from "../../src/index.ts";
import { batch, clear, lossOf, network, step } from "../training.ts";

const device = record(referenceBackend());
beforeAll(() => registerBackend(device));
afterAll(() => void unregisterBackend(device.name));
beforeEach(() => {
  realize();
  device.clear();
});

const graphs: Record<string, () => Tensor> = {
  "an elementwise chain": () => batch(1).exp().add(1).log(),
  softmax: () => batch(2).softmax(1),
  "a product of products": () =>
    batch(1)
      .matmul(batch(2).transpose())
      .matmul(ones([4, 2]))
      .tanh(),
  "folds over both axes": () => batch(3).sum(0).div(batch(3).sum()),
  "a running fold": () => cumsum(batch(1).exp()).sum(1),
  "two results": () => {
    const x = batch(1).mul(2);
    x.exp();
    return x.sum();
  },
};

describe("explain", () => {
  test.each(Object.entries(graphs))("of %s lists the program that reading it runs", (_, make) => {
    const x = make();
    const explained = explain(x);
    expect(device.runs).toHaveLength(0);
    realize(x);
    expect(explained.programs.map(({ program }) => programText(program)).join("\n\n")).toBe(
      device.text,
    );
    expect(explained.kernels.map(({ text }) => text)).toEqual(device.kernels.map(kernelText));
  });

  test("of a training step lists the program that the step ran, backward and update included", () => {
    const { parameters, logits } = network();
    const train = (): void => {
      clear(parameters);
      lossOf(logits(batch(1))).backward();
      step(parameters);
    };
    train();
    device.clear();
    const explained = explain(train);
    expect(explained.kernels).toHaveLength(device.kernels.length);
    expect(explained.kernels.flatMap((k) => k.operationNames)).toContain("tanh");
  });

  test("changes nothing: what is asked for later is computed once, as it would have been", () => {
    const x = batch(1).exp();
    explain(x);
    explain(() => x.sum());
    expect([device.programs.length, device.runs.length]).toEqual([0, 0]);
    realize(x);
    expect(device.runs).toHaveLength(1);
  });

  test("names what a kernel computes, and says why two kernels are two", () => {
    const x = batch(1);
    const { kernels } = explain(
      x
        .exp()
        .matmul(ones([3, 2]))
        .relu(),
    );
    expect(kernels.map((k) => k.operationNames)).toEqual([
      ["exp"],
      ["expand"],
      ["contract", "relu"],
    ]);
    expect(kernels[2]?.apart.map(({ from, reason }) => [from, reason])).toEqual([
      [0, "a contraction reads operands from memory"],
      [1, "a contraction reads operands from memory"],
    ]);
    realize(x);
    expect(explain(x.sum(1).unsqueeze(1).mul(x).sum(0)).kernels[1]?.apart[0]?.reason).toMatch(
      /fold/,
    );
  });

  test("counts bytes once an element and operations once a point", () => {
    const x = tensor(new Float32Array(600), { shape: [20, 30] });
    const counts = (y: Tensor): number[] => {
      const { bytesRead, bytesWritten, operations } = explain(y);
      realize(); // or it would be owed to the next
      return [bytesRead, bytesWritten, operations];
    };
    expect(counts(x.add(x).exp())).toEqual([2400, 2400, 1200]);
    expect(counts(x.sum(1))).toEqual([2400, 80, 600]);
    expect(counts(x.slice({ end: 5 }).neg())).toEqual([600, 600, 150]);
    expect(counts(x.matmul(x.transpose()))).toEqual([2400, 1600, 2 * 20 * 20 * 30]);
    expect(counts(x.slice(0).expand(7, 30).neg())).toEqual([120, 840, 210]);
  });

  test("shows what the device tells of each kernel, as of now", () => {
    let measured: number | undefined;
    class Telling extends Decorator {
      override readonly describe = ({ kernels }: Program): Pass[][] =>
        kernels.map(({ kind }) => [
          { facts: { pass: "copy", vectors: 4 } },
          {
            facts: { tile: "6 × 8", of: kind },
            estimated: 1234.5,
            ...(measured ? { measured } : {}),
          },
        ]);
    }
    const backend = new Telling(referenceBackend({ name: "telling" }));
    const x = tensor([1, 2, 3], { backend });
    const explained = explain(x.exp());
    const lines = (): string[] => String(explained).split("\n").slice(3);
    expect(lines()).toEqual([
      "   pass copy, vectors 4",
      "   tile 6 × 8, of loop; estimated 1.23 ms",
    ]);
    measured = 0.25;
    expect(lines()[1]).toBe("   tile 6 × 8, of loop; estimated 1.23 ms, measured 250 ns");
  });

  test("draws a graph of kernels and arrays", () => {
    const dot = explain(
      batch(1)
        .exp()
        .matmul(ones([3, 2])),
    ).dot();
    expect(dot).toMatch(/^digraph \{\n/);
    expect(dot).toContain('"0.0" -> "0.2" [label="f32[4, 3]"];');
    expect(dot.match(/->/g)).toHaveLength(3);
    expect(dot.endsWith("\n}")).toBe(true);
  });

  test("leaves nothing to be computed of what a function recorded", () => {
    const derivative = valueAndGrad((x: Tensor) => x.exp().sum());
    expect(explain(() => Object.values(derivative(tensor([1, 2])))).kernels.length).toBe(1);
    realize();
    expect(device.runs).toHaveLength(0);
  });

  test("refuses functions that wait", () => {
    expect(() => explain(async () => ones([2]))).toThrow(/returns a promise/);
  });
});
