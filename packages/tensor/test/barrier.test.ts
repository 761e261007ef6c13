/**
 * Module 2 — Which values a barrier computes (R1) and which version a value sees (R2). Eager mode
 * says what the numbers are.
 */
import { beforeEach, describe, expect, test } from "vitest";
import {
  bernoulli,
  eager,
  manualSeed,
  memory,
  noGrad,
  realize,
  type Tensor,
  TensorError,
  tensor,
} from "../src/index.ts";
import { batch, clear, lossOf, network, read, step, update } from "./training.ts";

beforeEach(() => realize()); // what earlier tests left

/** The numbers are those that running every operation at once gives, to the bit. */
function sameAsEager(scenario: () => unknown): void {
  manualSeed(7);
  const lazily = scenario();
  manualSeed(7);
  expect(lazily).toEqual(eager(scenario));
}
describe("R1 and R2: reading after a step gives what reading before it would have given", () => {
  test.each([5, 400])("loss, logits and .grad (%d hidden)", (hidden) => {
    sameAsEager(() => {
      const { parameters, logits } = network(hidden);
      const seen: unknown[] = [];
      for (let k = 0; k < 4; k++) {
        const y = logits(batch(k));
        const loss = lossOf(y);
        loss.backward();
        const gradients = parameters.map((p) => p.grad);
        step(parameters);
        seen.push(read(loss, y, ...gradients, ...parameters));
        clear(parameters);
      }
      return seen;
    });
  });
  test("an evaluation recorded before the step", () => {
    sameAsEager(() => {
      const { parameters, logits } = network(400);
      const evaluation = logits(batch(9)).softmax();
      const both = evaluation.add(0).sum(); // consumes it: it is interior now
      lossOf(logits(batch(1))).backward();
      step(parameters);
      return [read(evaluation, both), read(logits(batch(9)).softmax())];
    });
  });
  test("two optimizers that share a parameter, one barrier each", () => {
    sameAsEager(() => {
      const { parameters, logits } = network();
      const [first, shared, last] = parameters as [Tensor, Tensor, Tensor];
      const seen: unknown[] = [];
      for (let k = 0; k < 3; k++) {
        const y = logits(batch(k));
        const loss = lossOf(y);
        loss.backward();
        step([first, shared], 0.1);
        seen.push(read(y)); // two steps would be too late
        step([shared, last], 0.2);
        seen.push(read(loss, ...parameters));
        clear(parameters);
      }
      return seen;
    });
  });
  test("assigned twice before a barrier: one version, made of both", () => {
    sameAsEager(() => {
      const { parameters, logits } = network(400);
      const seen: unknown[] = [];
      for (let k = 0; k < 3; k++) {
        const y = logits(batch(k));
        lossOf(y).backward();
        update(parameters, 0.1);
        update(parameters, 0.2);
        realize();
        seen.push(read(y, ...parameters)); // y was made one version ago
        clear(parameters);
      }
      return seen;
    });
  });
  test("values recorded between two assigns see what was assigned by then", () => {
    const x = tensor([1]);
    const before = x.mul(10);
    x.assign(x.add(1));
    const between = x.mul(10);
    x.assign(x.add(1));
    const after = x.mul(10);
    expect(read(before, between, after, x)).toEqual([[10], [20], [30], [3]]);
  });
  test("a view of the version before, though the new one was made without reading it", () => {
    const p = tensor(new Float32Array(2000));
    for (let k = 1; k < 6; k++) {
      const old = p.reshape(2, 1000).transpose();
      p.assign(tensor(new Float32Array(2000).fill(k)));
      realize();
      expect([p.dataSync()[0], old.dataSync()[1999]]).toEqual([k, k - 1]);
    }
  });
  test("the version before, read while the next one waits for its barrier", () => {
    const p = tensor(new Float32Array(2000).fill(1));
    p.assign(p.add(1));
    realize();
    const old = p.detach();
    p.assign(p.add(1));
    realize();
    p.assign(p.add(1)); // its barrier replaces what `old` holds
    expect([old.dataSync()[5], p.dataSync()[5]]).toEqual([2, 4]);
  });
  test("two tensors exchange their values", () => {
    const [a, b] = [
      tensor(Float32Array.from({ length: 2000 }, () => 1)),
      tensor(new Float32Array(2000)),
    ];
    for (let k = 0; k < 5; k++) {
      const old = a;
      const value = a.detach();
      a.assign(b);
      b.assign(value);
      realize();
      expect([old.dataSync()[0], b.dataSync()[0]]).toEqual(k % 2 ? [1, 0] : [0, 1]);
    }
  });
  test("40 micro-batches add up, in a graph that stays small", () => {
    let pending = 0;
    const scenario = (): unknown => {
      const { parameters, logits } = network();
      for (let k = 0; k < 40; k++) {
        lossOf(logits(batch(k))).backward();
        pending = Math.max(pending, parameters[0]?.node.recorder.pending.length ?? 0);
      }
      const gradients = read(...parameters.map((p) => p.grad));
      step(parameters);
      return [gradients, read(...parameters)];
    };
    sameAsEager(scenario);
    expect(pending).toBeLessThan(500);
    const before = memory().programs;
    scenario();
    expect(memory().programs).toBe(before);
  });
  test("an exception between backward and step leaves everything as it was", () => {
    sameAsEager(() => {
      const { parameters, logits } = network();
      const before = read(...parameters);
      const loss = lossOf(logits(batch(1)));
      loss.backward();
      expect(() => {
        tensor([1, 2]).add(tensor([1, 2, 3]));
        step(parameters);
      }).toThrow("cannot broadcast");
      expect(read(...parameters)).toEqual(before);
      const gradients = read(...parameters.map((p) => p.grad));
      step(parameters);
      return [read(loss), gradients, read(...parameters)];
    });
  });
  test("running statistics: assigned in every step, read at the end or never", () => {
    sameAsEager(() => {
      const { parameters, logits } = network(400);
      const mean = tensor(new Float32Array(2));
      for (let k = 0; k < 6; k++) {
        const y = logits(batch(k));
        mean.assign(mean.mul(0.9).add(y.detach().mean(0).mul(0.1)));
        lossOf(y.sub(mean)).backward();
        step(parameters);
        clear(parameters);
      }
      return read(mean, ...parameters);
    });
  });
  test("a running total and a kept list of losses", () => {
    sameAsEager(() => {
      const { parameters, logits } = network();
      const losses: Tensor[] = [];
      let total = tensor(0);
      for (let k = 0; k < 20; k++) {
        const loss = lossOf(logits(batch(k)));
        loss.backward();
        losses.push(loss);
        total = total.add(loss.detach());
        step(parameters);
        clear(parameters);
      }
      return read(total, ...losses);
    });
  });
});

describe("dropout", () => {
  const dropped = (x: Tensor): Tensor => x.mul(bernoulli(x.shape, 0.5)).mul(2);
  test.each([6, 3000])("forward and backward use one mask, and each draw a fresh one (%d)", (n) => {
    const x = tensor(new Float32Array(n).fill(1), { requiresGrad: true });
    const masks: string[] = [];
    for (let k = 0; k < 3; k++) {
      const y = dropped(x);
      y.sum().backward();
      const gradient = [...(x.grad as Tensor).dataSync()];
      expect([...y.dataSync()]).toEqual(gradient);
      masks.push(String(gradient));
      x.grad = null;
    }
    expect(new Set(masks).size).toBe(3);
  });
  test("logits read after the step come from the mask that the step used", () => {
    sameAsEager(() => {
      const { parameters, logits } = network(400);
      const seen: unknown[] = [];
      for (let k = 0; k < 3; k++) {
        const y = dropped(logits(batch(k)));
        const z = y.mul(1.5);
        lossOf(z).backward();
        step(parameters);
        seen.push(read(y, z, ...parameters));
        clear(parameters);
      }
      return seen;
    });
  });
});

describe("R2: two steps are too late", () => {
  let hidden = 401;
  /** A value that a loss consumed, made before `steps` steps; of a program that learned nothing. */
  function stale(steps: number, keep: (x: Tensor) => Tensor = (x) => x): Tensor {
    const { parameters, logits } = network(hidden++);
    const y = logits(batch(0));
    const kept = keep(y);
    for (let k = 0; k < steps; k++) {
      lossOf(k === 0 ? y : logits(batch(k))).backward();
      step(parameters, 0.01);
      clear(parameters);
    }
    return kept;
  }

  test("one step: still there", () => {
    hidden = 500;
    const late = read(stale(1));
    hidden = 500;
    expect(late).toEqual(read(stale(0)));
  });
  test("two steps: an error that says what to do, and says it again", async () => {
    const y = stale(2);
    const message =
      "read: the value of this [4, 2] depends on parameters that have since been stepped twice. Read it before the second step, or keep a clone(); detach() what a later step still needs.";
    expect(() => y.dataSync()).toThrow(message);
    await expect(y.data()).rejects.toThrow(message);
    await expect(
      y
        .add(1)
        .item()
        .catch((error) => error.name),
    ).resolves.toBe("ShapeError");
    await expect(y.sum().item()).rejects.toMatchObject({ name: "TensorError", code: "expired" });
    expect(y.shape).toEqual([4, 2]);
    expect(tensor([1]).add(1).dataSync()).toEqual(new Float32Array([2])); // all else goes on
  });
  test("a clone survives any number of steps", () => {
    hidden = 510;
    const kept = read(stale(10, (x) => x.clone()));
    hidden = 510;
    expect(kept).toEqual(read(stale(0)));
  });
  test("a detached value that was recorded before the steps survives them", () => {
    hidden = 520;
    const kept = read(stale(10, (x) => x.detach()));
    hidden = 520;
    expect(kept).toEqual(read(stale(0)));
  });
  test("an old version of a parameter itself", () => {
    const p = tensor(new Float32Array(2000), { requiresGrad: true });
    const doubled = noGrad(() => p.mul(2));
    const used = doubled.add(1);
    p.assign(tensor(new Float32Array(2000).fill(5)));
    realize();
    expect(doubled.dataSync()[0]).toBe(0);
    expect(used.dataSync()[0]).toBe(1);
  });
  test("the same .grad in a third step: an error, after which all goes on", () => {
    const { parameters, logits } = network(395);
    const x = tensor([1, 2]);
    lossOf(logits(batch(0))).backward();
    step(parameters);
    step(parameters);
    const before = read(...parameters);
    expect(() => step(parameters)).toThrow(TensorError);
    expect(read(...parameters)).toEqual(before);
    expect(read(x.add(1))).toEqual([[2, 3]]);
    clear(parameters);
    lossOf(logits(batch(0))).backward();
    step(parameters);
    expect(read(...parameters)).not.toEqual(before);
  });
  test("backward through an expired value is an error, not a gradient that is missing", () => {
    const y = stale(2);
    expect(() => y.sum().backward()).toThrow(TensorError);
  });
});

describe("backward twice", () => {
  test("through a shared part, before values are read: both count", () => {
    const x = tensor([2], { requiresGrad: true });
    const shared = x.square();
    shared.mul(3).sum().backward();
    shared.sin().sum().backward();
    expect((x.grad as Tensor).itemSync()).toBeCloseTo(12 + 4 * Math.cos(4), 4);
  });
  test("through a part that was released: an error, and no gradient changes", () => {
    const x = tensor([2], { requiresGrad: true });
    const shared = x.square();
    const first = shared.mul(3).sum();
    first.backward();
    read(shared, first);
    expect(() => shared.sin().sum().backward()).toThrow(
      "backward: a part of the graph was released by an earlier backward(). Add the losses and call it once, call it for all of them before values are read, or record that part again.",
    );
    expect(read(x.grad)).toEqual([[12]]);
  });
});
