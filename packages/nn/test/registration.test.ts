/** Module 4 — Assignment registers, whoever looks first; half a step is none. */
import { type Tensor, tensor, zeros } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { Adam, Buffer, binaryCrossEntropy, Linear, Module, Parameter, SGD } from "../src/index.ts";

describe("fields of a module", () => {
  class Running extends Module {
    mean = new Buffer([0]);
    scale: Parameter | null = new Parameter([2]);
    forward(x: Tensor): Tensor {
      this.mean = this.mean.mul(0.5).add(x.mean().mul(0.5)) as Buffer;
      return x.mul(this.scale as Parameter);
    }
  }
  test("take tensors as their next value before anything was listed", async () => {
    const module = new Running();
    await module.forward(tensor([4])).data();
    const [found] = [...module.buffers()];
    expect(found).toBeInstanceOf(Buffer);
    expect(await found?.toArray()).toEqual([2]);
    const layer = new Linear(2, 2);
    (layer as { weight: Tensor }).weight = zeros([2, 2]);
    expect([...layer.namedParameters()].map(([name]) => name)).toEqual(["weight", "bias"]);
    expect(await layer.weight.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
  test("hold another Parameter once that is assigned, and anything else as it is", () => {
    const module = new Running() as unknown as Record<string, unknown> & Running;
    const next = new Parameter([7]);
    module.scale = next;
    expect([...module.parameters()]).toEqual([next]);
    module.scale = null;
    expect([...module.parameters()]).toEqual([]);
    module.later = next;
    expect([...module.namedParameters()].map(([name]) => name)).toEqual(["later"]);
  });
});

test("a step that fails half way takes back what it had assigned", async () => {
  const [a, b] = [new Parameter([1]), new Parameter([1])];
  const optimizer = new Adam([a, b], { rate: 0.1 });
  a.mul(3).add(b).sum().backward();
  let calls = 0;
  const update = Reflect.get(optimizer, "update") as (...x: unknown[]) => void;
  Object.defineProperty(optimizer, "update", {
    configurable: true,
    value(...x: unknown[]) {
      if (++calls === 2) throw new Error("half way");
      update.apply(optimizer, x);
    },
  });
  expect(() => optimizer.step()).toThrow("half way");
  expect([...(await a.data()), ...(await b.data())]).toEqual([1, 1]);
  expect(optimizer.steps).toBe(0);
  Reflect.deleteProperty(optimizer, "update");
  optimizer.step();
  expect((await a.data())[0]).toBeCloseTo(0.9, 5);
});

test("Adam counts the steps of each parameter", async () => {
  const [early, late] = [new Parameter([0]), new Parameter([0])];
  const optimizer = new Adam([early, late], { rate: 0.1 });
  for (let k = 0; k < 50; k++) {
    optimizer.zeroGrad();
    early.sum().backward();
    optimizer.step();
  }
  optimizer.zeroGrad();
  late.mul(5).sum().backward();
  optimizer.step();
  expect((await late.data())[0]).toBeCloseTo(-0.1, 5);
});

test("the gradient of binary cross-entropy is finite at certainties, and 0 where they are right", async () => {
  const p = new Parameter([0, 1, 0, 1]);
  binaryCrossEntropy(p, tensor([0, 1, 1, 0]), { reduction: "sum" }).backward();
  const [a, b, c, d] = await (p.grad as Tensor).data();
  expect([a, b]).toEqual([0, 0]);
  expect(c).toBeLessThan(-1e6);
  expect(d).toBeGreaterThan(1e6);
  const x = new Parameter([-200, 200]);
  const loss = binaryCrossEntropy(x.sigmoid(), tensor([0, 1]));
  new SGD([x], { rate: 1 }).zeroGrad();
  loss.backward();
  expect(await (x.grad as Tensor).toArray()).toEqual([0, 0]);
});
