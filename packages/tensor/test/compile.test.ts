/**
 * Module 2 — A compiled function gives what the function gives, to the bit, and does what it does.
 * Each scenario runs twice, plainly and compiled, and everything one can see is compared.
 */
import { record, referenceBackend } from "@mt/backend";
import { beforeEach, describe, expect, test } from "vitest";
import {
  bernoulli,
  Cell,
  compile,
  defaultGenerator,
  Generator,
  liveNumber,
  noGrad,
  rand,
  realize,
  registerBackend,
  type Tensor,
  take,
  tensor,
  where,
  zeros,
} from "../src/index.ts";
import { calls, sameCompiled } from "./compiled.ts";
import { batch, clear, lossOf, network, read, update } from "./training.ts";

const device = record(referenceBackend());
registerBackend(device);
beforeEach(() => realize()); // what earlier tests left

describe("what a call gives", () => {
  test("results in trees, new at each call; values that are no tensors as they were", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const f = kind(({ x, list }: { x: Tensor; list: [Tensor, string] }) => ({
        sums: [x.sum(), list[0].sum()],
        both: { y: x.add(list[0]), text: list[1], nothing: null },
      }));
      const results = [1, 2, 3, 4, 5].map((k) => f({ x: batch(k), list: [batch(-k), "a"] }));
      expect(new Set(results.flatMap(({ sums }) => sums)).size).toBe(10);
      return results.map(({ sums, both }) => [read(...sums, both.y), both.text, both.nothing]);
    });
    expect(replayed).toBe(3);
  });
  test("arguments and captured tensors that are given back are those tensors", () => {
    const [x, w] = [tensor([1]), tensor([2])];
    const f = compile((x: Tensor) => [x, w, x] as const);
    for (let k = 0; k < 4; k++) {
      expect(f(x)).toEqual([x, w, x]);
      expect(f(x).every((y, i) => y === [x, w, x][i])).toBe(true);
    }
    expect(f.replayed).toBe(6);
  });
  test("an argument's views and detached values", () =>
    sameCompiled((kind) => {
      const w = tensor([5, 6], { requiresGrad: true });
      const f = kind((x: Tensor) => [x.detach(), x.reshape(2, 2), w.detach()]);
      return [1, 2, 3, 4].map((k) => {
        const list = f(tensor([k, 2, 3, 4]));
        noGrad(() => w.assign(w.add(1)));
        return read(...list);
      });
    }));
  test("an argument that is not computed yet, and one that is a constant", () =>
    sameCompiled((kind) => {
      const f = kind((x: Tensor, y: Tensor) => x.mul(y));
      return [1, 2, 3, 4].map((k) => read(f(tensor([k, k]).mul(3), zeros([2]).add(k))));
    }));
  test("the same tensor twice is another call than two tensors", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const f = kind((x: Tensor, y: Tensor) => {
        noGrad(() => x.assign(x.add(1)));
        return x.mul(y);
      });
      return [0, 1, 2, 3].map((k) => {
        const x = tensor([k]);
        return read(f(x, tensor([2])), f(x, x), x);
      });
    });
    expect(replayed).toBe(4);
  });
});

describe("numbers", () => {
  test("numbers among the arguments are numbers of the program", async () => {
    device.clear();
    const { recorded } = await sameCompiled((kind) => {
      const f = kind((x: Tensor, { rate }: { rate: number }, n: number) =>
        x.mul(rate).add(n).mul(2),
      );
      return [0.1, 0.2, 3, -4, Number.NaN, 0.7, 8].map((rate, k) =>
        read(f(tensor([1, 2]), { rate }, k * k)),
      );
    });
    expect(recorded).toBeLessThanOrEqual(3);
    expect(device.programs).toHaveLength(1);
  });
  test("two that are equal are not mixed up", () =>
    sameCompiled((kind) => {
      const f = kind((x: Tensor, a: number, b: number) => x.mul(a).sub(b));
      return [
        [1.5, 1.5],
        [2.5, 2.5],
        [3.5, 1.5],
        [4.5, 2.5],
        [0.5, 7.5],
        [7.5, 0.5],
      ].map(([a, b]) => read(f(tensor([1, 2]), a as number, b as number)));
    }));
  test("beside integers, a fraction is a float", () =>
    sameCompiled((kind) => {
      const f = kind((x: Tensor, a: number) => x.mul(a));
      const ints = tensor(Int32Array.of(2, 3));
      return [2, 3, 0.5, 4, 2.5, 6].map((a) => [f(ints, a).dtype, ...read(f(ints, a))]);
    }));
  test("a number that shapes follow is a call of its own", () =>
    sameCompiled((kind) => {
      const f = kind((x: Tensor, n: number) => x.slice({ end: n }));
      return [1, 2, 3, 1, 2, 3, 1, 2, 3].map((n) => read(f(tensor([1, 2, 3]), n)));
    }));
  test("a number of JavaScript that changes each time is recorded each time", async () => {
    const { replayed } = await sameCompiled((kind) => {
      let k = 0;
      const f = kind((x: Tensor) => x.mul(++k));
      return [1, 2, 3, 4, 5].map(() => read(f(tensor([1, 2]))));
    });
    expect(replayed).toBe(0);
  });
  test("a number made of an argument is recorded with each new one", () =>
    sameCompiled((kind) => {
      const f = kind((x: Tensor, rate: number) => x.mul(rate * rate));
      return [2, 3, 3, 3, 4, 2].map((rate) => read(f(tensor([1, 2]), rate)));
    }));
  test("numbers read live, and cells", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const [rate, count] = [new Cell(0.5), new Cell(0)];
      const f = kind((x: Tensor) => {
        const y = x.mul(liveNumber(() => rate.value + count.value, x));
        count.advance();
        count.advance(2);
        return y.add(liveNumber(() => count.value, x));
      });
      return calls(6, (k) => {
        rate.value = k / 4;
        return f(tensor([k + 1]));
      }).concat(count.value);
    });
    expect(replayed).toBe(4);
  });
  test("deciding by a cell is a call of its own", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const training = new Cell<boolean>(true);
      const f = kind((x: Tensor) => (training.value ? x.mul(2) : x));
      return calls(12, (k) => {
        training.value = k % 3 > 0;
        return f(tensor([k]));
      });
    });
    expect(replayed).toBe(8);
  });
  test("a cell that is set and read inside", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const mode = new Cell<boolean>(true);
      const f = kind((x: Tensor) => {
        mode.value = false;
        const y = mode.value ? x.mul(2) : x.mul(3);
        mode.value = true;
        return y;
      });
      return calls(5, (k) => f(tensor([k])));
    });
    expect(replayed).toBe(3);
  });
});

describe("what a call changes", () => {
  test.each([5, 400])("a training step, and what is read after it (%d hidden)", async (hidden) => {
    const { replayed } = await sameCompiled((kind) => {
      const { parameters, logits } = network(hidden);
      const step = kind((x: Tensor, rate: number) => {
        clear(parameters);
        const y = logits(x);
        const loss = lossOf(y);
        loss.backward();
        update(parameters, rate);
        return { loss, y };
      });
      return Array.from({ length: 12 }, (_, k) => {
        const { loss, y } = step(batch(k), 0.5 / (k + 1));
        const seen = [read(loss, y), read(...parameters)];
        return k % 4 === 3 ? [...seen, read(...parameters.map((p) => p.grad))] : seen;
      });
    });
    expect(replayed).toBeGreaterThanOrEqual(8);
  });
  test("reading gradients after each step teaches the program to keep them", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const { parameters, logits } = network(400);
      const step = kind((x: Tensor) => {
        clear(parameters);
        const loss = lossOf(logits(x));
        loss.backward();
        update(parameters, 0.1);
        realize();
        return loss;
      });
      return Array.from({ length: 10 }, (_, k) => [
        read(step(batch(k)), ...parameters, ...parameters.map((p) => p.grad)),
      ]);
    });
    expect(replayed).toBeGreaterThanOrEqual(5);
  });
  test.each(["inside", "outside", "never"])("gradients, cleared %s", async (when) => {
    const { replayed } = await sameCompiled((kind) => {
      const { parameters, logits } = network();
      const f = kind((x: Tensor) => {
        if (when === "inside") clear(parameters);
        const loss = lossOf(logits(x));
        loss.backward();
        return loss;
      });
      return Array.from({ length: 9 }, (_, k) => {
        if (when === "outside" && k % 3 === 0) clear(parameters);
        return read(f(batch(k)), ...parameters.map((p) => p.grad));
      });
    });
    expect(replayed).toBeGreaterThanOrEqual(5);
  });
  test("an argument's gradient", () =>
    sameCompiled((kind) => {
      const f = kind((x: Tensor) => {
        const y = x.mul(x).sum();
        y.backward();
        return y;
      });
      return [1, 2, 3, 4, 5].map((k) => {
        const x = tensor([k, 1], { requiresGrad: true });
        const first = read(f(x), x.grad);
        return [first, read(f(x), x.grad)];
      });
    }));
  test("a gradient that a step consumed, of elements looked up, can still be read", () => {
    const w = tensor([1, 2, 3], { requiresGrad: true });
    const places = tensor([2, 0, 2], { dtype: "i32" });
    const f = compile((x: Tensor) => {
      w.grad = null;
      take(w.mul(w), places).mul(take(w, places)).mul(x).sum().backward();
      noGrad(() => w.assign(w.sub((w.grad as Tensor).mul(0))));
      realize(w);
    });
    for (const k of [1, 2, 3, 4, 5, 6]) f(tensor([k, 1, 2]));
    expect(f.replayed).toBeGreaterThan(0);
    expect(read(w.grad)).toEqual([[3, 0, 27 * (6 + 2)]]); // d(w³·x) = 3·w²·x
  });
  test("several programs in a call: steps, clones, realize", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const { parameters, logits } = network();
      const f = kind((x: Tensor) => {
        let copy = x;
        for (let k = 0; k < 3; k++) {
          clear(parameters);
          lossOf(logits(copy)).backward();
          update(parameters, 0.25);
          realize();
          copy = copy.mul(2).clone();
        }
        return copy;
      });
      return calls(6, (k) => f(batch(k)), ...parameters);
    });
    expect(replayed).toBe(4);
  });
  test("assignments inside and outside, to arguments too", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const w = tensor([1, 2]);
      const f = kind((x: Tensor) => {
        const before = w.mul(10);
        x.assign(x.add(w));
        w.assign(w.add(x));
        return before.add(w);
      });
      return calls(6, (k) => {
        const x = tensor([k, -k]);
        if (k % 2) w.assign(w.mul(0.5));
        const y = f(x);
        return y.add(x);
      }).concat(read(w));
    });
    expect(replayed).toBe(4);
  });
  test("captured tensors by their handles: computed ones, and two of one value", () =>
    sameCompiled((kind) => {
      const w = tensor([1, 2]);
      const same = w.detach();
      const computed = w.mul(3);
      const f = kind((x: Tensor) => x.mul(w).add(same).sub(computed));
      return calls(8, (k) => {
        if (k === 3) w.assign(tensor([7, 8]));
        if (k === 5) computed.assign(tensor([0, 1]));
        return f(tensor([k, 1]));
      });
    }));
  test("a tensor that is captured as well as given", () =>
    sameCompiled((kind) => {
      const [w, v] = [tensor([1, 2]), tensor([3, 4])];
      const f = kind((x: Tensor) => x.mul(10).add(w));
      return [w, w, w, v, v, v, w, v, w].map((x) => read(f(x)));
    }));
  test("draws are fresh, and leave the generator where it would be", async () => {
    const own = new Generator(5);
    const { replayed } = await sameCompiled((kind) => {
      own.seed(5);
      const f = kind((x: Tensor) =>
        where(bernoulli(x.shape, 0.5), x, 0).add(rand([12], { generator: own }).reshape(4, 3)),
      );
      const seen = calls(6, (k) => {
        if (k === 4) own.seed(k);
        return f(batch(k));
      });
      return [seen, [...defaultGenerator.state()], [...own.state()], read(rand([3]))];
    });
    expect(replayed).toBe(4);
  });
});
