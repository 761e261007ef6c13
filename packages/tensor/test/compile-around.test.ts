/**
 * Module 2 — A compiled function among others: what changes around it, other transforms, refusals,
 * errors in the middle, memory.
 */
import { record, referenceBackend } from "@mt/backend";
import { beforeEach, describe, expect, test } from "vitest";
import {
  Cell,
  compile,
  detectAnomaly,
  eager,
  explain,
  grad,
  liveNumber,
  memory,
  noGrad,
  realize,
  registerBackend,
  type Tensor,
  tensor,
  trace,
  vmap,
  zeros,
} from "../src/index.ts";
import { calls, sameCompiled } from "./compiled.ts";
import { batch, clear, lossOf, network, read, update } from "./training.ts";

const device = record(referenceBackend());
registerBackend(device);
beforeEach(() => realize()); // what earlier tests left

describe("what changes around a call", () => {
  test.each([1, 5, 64])("control flow is noticed within %d calls", (verifyEvery) => {
    const world: Record<string, boolean> = { negative: false };
    const f = compile((x: Tensor) => (world.negative ? x.neg() : x.mul(2)), { verifyEvery });
    for (let k = 0; k < 4; k++) expect(read(f(tensor([3])))).toEqual([[6]]);
    world.negative = true;
    const seen = Array.from({ length: verifyEvery + 4 }, () => f(tensor([3])).itemSync());
    const noticed = seen.indexOf(-3);
    expect(noticed).toBeGreaterThanOrEqual(0);
    expect(noticed).toBeLessThan(verifyEvery);
    expect(seen.slice(noticed).every((x) => x === -3)).toBe(true);
  });
  test("shapes, dtypes, strings, modes and structures are calls of their own", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const w = tensor([2], { requiresGrad: true });
      const f = kind((x: Tensor | Tensor[], how: string) => {
        const y = Array.isArray(x) ? (x[0] as Tensor).mul(3) : x.mul(w);
        return how === "sum" ? y.sum().detach() : y.detach();
      });
      return Array.from({ length: 5 }, (_, k) => [
        read(f(tensor([k]), "sum"), f(tensor([k, 1]), "sum"), f(tensor([k]), "all")),
        read(f([tensor([k])], "all"), f(tensor(Int32Array.of(k)), "all")),
        read(noGrad(() => f(tensor([k]), "all"))),
      ]);
    });
    expect(replayed).toBe(18);
  });
  test("of more variants than are kept, those used last are", async () => {
    const { recorded } = await sameCompiled(
      (kind) => {
        const f = kind((x: Tensor) => x.mul(2));
        return [2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 3, 2].map((n) => read(f(zeros([n]))));
      },
      { variants: 2 },
    );
    expect(recorded).toBe(7);
  });
  test("typed arrays can change without notice: such calls are recorded", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const f = kind((data: Float32Array) => tensor(data).mul(2));
      const data = Float32Array.of(1, 2);
      return calls(5, (k) => {
        data[0] = k;
        return f(data);
      });
    });
    expect(replayed).toBe(0);
  });
  test("data made inside is recorded as long as it changes", async () => {
    const { replayed } = await sameCompiled((kind) => {
      let k = 0;
      const f = kind((x: Tensor) => x.add(tensor([Math.min(4, k++), 1])));
      return calls(8, () => f(tensor([1, 2])));
    });
    expect(replayed).toBe(2);
  });
});

describe("together with the rest", () => {
  test("compile of vmap of grad", async () => {
    const { replayed } = await sameCompiled((kind) => {
      const f = kind(
        vmap(
          grad((w: Tensor, x: Tensor) => w.mul(x).sin().sum()),
          [null, 0],
        ),
      );
      return calls(4, (k) => f(tensor([1, k, 2]), batch(k)));
    });
    expect(replayed).toBe(2);
  });
  test("grad, vjp by result, and vmap of a compiled function", () =>
    sameCompiled((kind) => {
      const w = tensor([1, 2, 3]);
      const f = kind((x: Tensor) => x.mul(w).sin().sum());
      return [1, 2, 3, 4].map((k) => [
        read(f(tensor([k, 1, 2]))),
        read(grad(f)(tensor([k, 1, 2]))),
        read(vmap(f)(batch(k))),
        read(grad((x: Tensor) => grad(f)(x).mul(x).sum())(tensor([k, 1, 2]))),
      ]);
    }));
  test("a gradient flows through what it gives, to arguments and captured tensors", () =>
    sameCompiled((kind) => {
      const w = tensor([1, 2, 3], { requiresGrad: true });
      const f = kind((x: Tensor) => x.mul(w).sin().sum());
      return [1, 2, 3, 4, 5].map((k) => {
        const x = tensor([k, 1, 2], { requiresGrad: true });
        f(x.mul(2)).mul(k).backward();
        return read(x.grad, w.grad);
      });
    }));
  test("a result that was differentiated inside is not again", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const f = compile(() => {
      w.grad = null;
      const loss = w.mul(w).sum();
      loss.backward();
      return loss;
    });
    for (let k = 0; k < 4; k++) {
      const loss = f();
      expect(loss.requiresGrad).toBe(true);
      expect(() => loss.backward()).toThrow("released by an earlier backward()");
    }
    expect(f.replayed).toBe(2);
  });
  test("a compiled function inside another", () =>
    sameCompiled((kind) => {
      const w = tensor([1]);
      const inner = kind((x: Tensor) => {
        w.assign(w.add(1));
        return x.mul(w);
      });
      const outer = kind((x: Tensor) => inner(x).add(inner(x)));
      return [calls(3, (k) => inner(tensor([k]))), calls(5, (k) => outer(tensor([k])), w)];
    }));
  test("eager, detectAnomaly, trace and explain see its operations", async () => {
    const w = tensor([1, 2]);
    const f = compile((x: Tensor) => {
      w.assign(w.mul(x));
      return w.log().sum();
    });
    for (let k = 0; k < 4; k++) f(tensor([1, 1]));
    expect(f.replayed).toBe(2);
    expect(explain(() => f(tensor([1, 1]))).kernels.length).toBeGreaterThan(0);
    expect(read(eager(() => f(tensor([2, 1]))))).toEqual([[Math.fround(Math.log(4))]]);
    const traced = await trace(() => realize(f(tensor([1, 1]))));
    expect(traced.spans.length).toBeGreaterThan(0);
    expect(() => detectAnomaly(() => f(tensor([0, 1])))).toThrow("log: makes −∞");
    expect(f.replayed).toBe(2);
  });
});

describe("what cannot be", () => {
  test.each<[string, (x: Tensor) => unknown]>([
    ["dataSync", (x) => x.dataSync()],
    ["itemSync", (x) => x.sum().itemSync()],
    ["data", (x) => void x.data()],
    ["await item", async (x) => (await x.sum().item()) + 1],
  ])("reading inside: %s", (_, f) => {
    const before = tensor([1]);
    const reading = compile((x: Tensor) => {
      before.assign(x);
      return f(x);
    });
    for (let k = 0; k < 3; k++)
      expect(() => reading(tensor([5]))).toThrow(
        /Return the tensor, and read it from what the call/,
      );
    expect(read(before)).toEqual([[1]]);
  });
  test("what was done before an error is taken back", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const count = new Cell(0);
    const world: Record<string, boolean> = { fails: false };
    const f = compile(
      (x: Tensor) => {
        count.advance();
        const loss = w.mul(x).sum();
        loss.backward();
        noGrad(() => w.assign(w.sub(w.grad as Tensor)));
        if (world.fails) throw new Error("no");
        return loss;
      },
      { verifyEvery: 2 },
    );
    for (let k = 0; k < 4; k++) f(tensor([1, k]));
    const before = [count.value, read(w, w.grad)];
    world.fails = true;
    for (let k = 0; k < 3; k++) {
      try {
        f(tensor([1, 1]));
      } catch {
        expect([count.value, read(w, w.grad)]).toEqual(before);
        return;
      }
      before.splice(0, 2, count.value, read(w, w.grad));
    }
    expect.unreachable();
  });
  test("a program that fails changes nothing", () => {
    const broken = referenceBackend({ name: "broken" });
    const world: Record<string, boolean> = { fails: false };
    const { compile: compileProgram } = broken;
    Object.defineProperty(broken, "compile", {
      value: (program: Parameters<typeof compileProgram>[0]) => {
        const executable = compileProgram.call(broken, program);
        return {
          run: (...args: Parameters<typeof executable.run>) => {
            if (world.fails) throw new Error("out of order");
            executable.run(...args);
          },
          [Symbol.dispose]: () => executable[Symbol.dispose](),
        };
      },
    });
    const w = tensor([1, 2], { backend: broken });
    const count = new Cell(0);
    const f = compile(() => {
      count.advance();
      w.assign(w.add(liveNumber(() => count.value, w)));
    });
    for (let k = 0; k < 4; k++) f();
    const before = [count.value, read(w)];
    world.fails = true;
    for (let k = 0; k < 3; k++) expect(f).toThrow("out of order");
    world.fails = false;
    expect([count.value, read(w)]).toEqual(before);
    f();
    expect([count.value, read(w)]).toEqual([5, [[16, 17]]]);
    expect(f.replayed).toBe(6);
  });
  test.each([{ verifyEvery: 0 }, { variants: 1.5 }, { verifyEvery: Number.NaN }])(
    "settings that are none: %o",
    (options) => {
      expect(() => compile(() => 1, options)).toThrow(/give a whole number from 1/);
    },
  );
});

test("20 000 replayed steps end with the memory of step 200", () => {
  const { parameters, logits } = network(400);
  const step = compile((x: Tensor) => {
    clear(parameters);
    const y = logits(x);
    const loss = lossOf(y);
    loss.backward();
    update(parameters, 0.01);
    return loss;
  });
  const kept: Tensor[] = [];
  const bytes = (): number[] => [memory().live, memory().pooled, memory().programs];
  let early: number[] = [];
  for (let k = 1; k <= 20_000; k++) {
    kept.push(step(batch(k)));
    if (k === 200) early = bytes();
    if (k % 1000 === 0) device.clear();
  }
  expect(bytes()).toEqual(early);
  expect(kept.every((loss) => Number.isFinite(loss.itemSync()))).toBe(true);
  expect(step.replayed).toBeGreaterThan(19_600);
});
