/** Module 2.21e — What is computed twice is the same, and less is kept. */
import { type Program, record, referenceBackend } from "@mt/backend";
import { expect, test } from "vitest";
import {
  bernoulli,
  checkpoint,
  compile,
  cumsum,
  customFunction,
  eager,
  explain,
  grad,
  hessian,
  jvp,
  manualSeed,
  memory,
  noGrad,
  randn,
  realize,
  type Tensor,
  take,
  tensor,
  vmap,
  where,
} from "../src/index.ts";

const [rows, width, layers] = [64, 16, 32];
/** Bytes of what one layer gives. */
const unit = rows * width * 4;
const arena = ({ arenas }: Program): number => arenas.reduce((sum, bytes) => sum + bytes, 0);

type Layer = (x: Tensor, w: Tensor) => Tensor;
const dense: Layer = (x, w) => x.matmul(w).tanh();
const withDropout: Layer = (x, w) => {
  const y = x.matmul(w).tanh();
  return where(bernoulli(y.shape, 0.9, { backend: y.backend }), y.mul(1 / 0.9), 0);
};

/** A chain of layers on a device of its own, with a checkpoint every so many (0: none). */
function chain(every: number, layer: Layer = dense) {
  const backend = record(referenceBackend());
  manualSeed(7);
  const weights = Array.from({ length: layers }, () =>
    randn([width, width], { deviation: 0.25, requiresGrad: true, backend }),
  );
  const x = randn([rows, width], { backend }).clone();
  const loss = (): Tensor => {
    let h = x;
    for (let k = 0; k < layers; k += every || layers) {
      const part = weights.slice(k, k + (every || layers));
      const block = (v: Tensor): Tensor => part.reduce(layer, v);
      h = every ? checkpoint(block)(h) : block(h);
    }
    return h.square().mean();
  };
  backend.clear();
  return { backend, weights, loss };
}
const gradients = (weights: readonly Tensor[]): number[] =>
  weights.flatMap((w) => [...(w.grad as Tensor).dataSync()]);

test("a chain of 32 layers checkpointed every 4 keeps 13 of their values, not 33", () => {
  const bytes = [0, 4].map((every) => {
    const { backend, weights, loss } = chain(every);
    loss().backward();
    realize(...weights.map((w) => w.grad as Tensor));
    expect(backend.programs).toHaveLength(1);
    return arena(backend.programs[0] as Program);
  }) as [number, number];
  expect(bytes[0]).toBeLessThan(33.5 * unit);
  expect(bytes[1]).toBeLessThan(13.5 * unit);
});
test("it holds when dropout makes masks in every layer", () => {
  const bytes = [0, 4].map((every) => {
    const { backend, weights, loss } = chain(every, withDropout);
    loss().backward();
    realize(...weights.map((w) => w.grad as Tensor));
    return arena(backend.programs[0] as Program);
  }) as [number, number];
  expect(bytes[1]).toBeLessThan(0.45 * bytes[0]);
});
test.each([
  ["softmax", 17, (x: Tensor, w: Tensor) => x.softmax(1).mul(w.slice(0))],
  ["a norm over rows", 12, (x: Tensor, w: Tensor) => x.sub(x.mean(0)).mul(w.slice(0)).tanh()],
] as const)("%s recomputed shares no kernel with the first time", (_, units, layer) => {
  const { backend, weights, loss } = chain(4, layer);
  loss().backward();
  realize(...weights.map((w) => w.grad as Tensor));
  expect(arena(backend.programs[0] as Program)).toBeLessThan(units * unit);
});
test("it holds when the loss is read before backward, and nothing inside is held meanwhile", () => {
  const { backend, weights, loss } = chain(4);
  const before = memory(backend.name).live;
  const value = loss();
  value.itemSync();
  expect(memory(backend.name).live - before).toBeLessThan(unit);
  value.backward();
  realize(...weights.map((w) => w.grad as Tensor));
  for (const program of backend.programs) expect(arena(program)).toBeLessThan(13.5 * unit);
});

test.each([
  ["without draws", dense],
  ["with dropout", withDropout],
] as const)("gradients are the same bit for bit, %s", (_, layer) => {
  const [plain, twice] = [0, 4].map((every) => {
    const { weights, loss } = chain(every, layer);
    const value = loss();
    value.backward();
    return [value.itemSync(), ...gradients(weights)];
  }) as [number[], number[]];
  expect(twice).toEqual(plain);
  expect(plain.some((v) => v !== 0)).toBe(true);
});
test("training steps find their program again", () => {
  const { backend, weights, loss } = chain(8);
  for (let step = 0; step < 3; step++) {
    loss().backward();
    noGrad(() => {
      for (const w of weights) {
        w.assign(w.sub((w.grad as Tensor).mul(0.1)));
        w.grad = null;
      }
    });
    realize(weights[0] as Tensor);
  }
  expect(backend.programs).toHaveLength(1);
  expect(backend.runs).toHaveLength(3);
});

test("compiled, every call draws anew, and on the way back what it drew on the way forward", () => {
  const slope = grad((v: Tensor) => {
    const noisy = (u: Tensor): Tensor =>
      u
        .mul(randn([2]))
        .square()
        .mul(u);
    return checkpoint(noisy)(v.exp()).sum();
  });
  const three = (f: (v: Tensor) => Tensor): number[][] => {
    manualSeed(3);
    return [0.3, 0.5, 0.9].map((k) => [...f(tensor([k, 1])).dataSync()]);
  };
  expect(three(compile(slope))).toEqual(three(slope));
});

const f64 = (data: readonly number[], shape = [data.length]): Tensor =>
  tensor(Float64Array.from(data), { shape });
const [a, b] = [f64([0.3, -1.2, 0.8]), f64([1.5, 0.4, -0.6])];
const relu3 = customFunction({
  forward: (v: Tensor) => v.relu().mul(v),
  vjp: (dy: Tensor, _y: Tensor, v: Tensor) => dy.mul(v.relu().mul(3)),
  jvp: ([dv]: readonly [Tensor], _y: Tensor, v: Tensor) => dv.mul(v.relu().mul(3)),
});
/** Reads what is outside, moves, folds, gathers, a stated rule and itself. */
const block = (v: Tensor): Tensor => {
  const u = relu3(v.mul(b).sin().add(cumsum(v))).reshape(3, 1);
  return u
    .add(v)
    .softmax(0)
    .sum(1)
    .mul(v.max())
    .add(take(v, tensor([2, 0, 2], { dtype: "i32" })));
};
const ways: readonly (readonly [string, (f: (v: Tensor) => Tensor) => Tensor])[] = [
  ["its value", (f) => f(a)],
  ["grad", (f) => grad((v: Tensor) => f(v.exp()).square().sum())(a)],
  [
    "grad by what its argument is made of",
    (f) => grad((v: Tensor) => f(a.mul(v)).square().sum())(b),
  ],
  ["jvp", (f) => jvp(f, a, b).tangent],
  [
    "grad of grad",
    (f) =>
      grad((v: Tensor) =>
        grad((u: Tensor) => f(u).square().sum())(v)
          .sin()
          .sum(),
      )(a),
  ],
  ["hessian", (f) => hessian((v: Tensor) => f(v).square().sum())(a)],
  ["vmap", (f) => vmap(f)(f64([1, 2, 3, 4, 5, 6], [2, 3]))],
  [
    "vmap of grad",
    (f) => vmap(grad((v: Tensor) => f(v).square().sum()))(f64([1, 2, 3, 4, 5, 6], [2, 3])),
  ],
  [
    "grad of vmap",
    (f) => grad((m: Tensor) => vmap(f)(m).square().sum())(f64([1, 2, 3, 4, 5, 6], [2, 3])),
  ],
  ["under eager", (f) => eager(() => grad((v: Tensor) => f(v.exp()).square().sum())(a))],
];
test.each(ways)("%s is as without", (_, way) => {
  const expected = [...way(block).dataSync()];
  for (const f of [checkpoint(block), checkpoint((v: Tensor) => checkpoint(block)(v.mul(1)))]) {
    const got = [...way(f).dataSync()];
    expect(got).toHaveLength(expected.length);
    got.forEach((v, i) => {
      const right = expected[i] as number;
      expect(Math.abs(v - right)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(right)));
    });
  }
});

test("what is captured and computed outside is not computed again", () => {
  const backend = record(referenceBackend());
  const p = randn([4, 4], { requiresGrad: true, backend });
  const scale = p.matmul(p);
  const y = checkpoint((v: Tensor) => v.matmul(scale).tanh().matmul(scale))(p);
  y.sum().backward();
  backend.clear();
  realize(p.grad as Tensor);
  const products = backend.kernels.filter(({ kind }) => kind === "contract");
  // forward 3, the first of the checkpoint once more (the last is not needed), backward 2 for each
  expect(products).toHaveLength(3 + 1 + 6);
});
test("trees in and out, and what needs no gradient passes", async () => {
  const p = tensor([2, 3], { requiresGrad: true });
  const f = checkpoint(({ x, k }: { x: Tensor; k: number }) => ({
    list: [x.mul(x).mul(k), x.add(1)],
    constant: tensor([1]),
    k,
  }));
  const { list, constant, k } = f({ x: p, k: 2 });
  const [first, second] = list as [Tensor, Tensor];
  first.mul(second).sum().backward();
  expect(await p.grad?.toArray()).toEqual([3 * 2 * 4 + 4 * 2, 3 * 2 * 9 + 4 * 3]);
  expect([constant.requiresGrad, k]).toEqual([false, 2]);
});
test("under noGrad, and of nothing, it is the function itself", () => {
  expect(noGrad(() => checkpoint(block)(a)).requiresGrad).toBe(false);
  const none = tensor(new Float32Array(0), { requiresGrad: true });
  checkpoint((v: Tensor) => v.exp().mul(2))(none)
    .sum()
    .backward();
  expect((none.grad as Tensor).shape).toEqual([0]);
});
test("explain names what a recomputing kernel computes, and not what it waits for", () => {
  const { weights, loss } = chain(8);
  loss().backward();
  const { kernels } = explain(weights.map((w) => w.grad as Tensor));
  expect(Math.max(...kernels.map((k) => k.operationNames.length))).toBeLessThan(8);
});
