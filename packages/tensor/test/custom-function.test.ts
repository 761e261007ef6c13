/** Module 2.21d — Stated derivatives compose with every transform as found ones do. */
import { record, referenceBackend } from "@mt/backend";
import { expect, test } from "vitest";
import {
  customFunction,
  grad,
  hessian,
  jacobian,
  jvp,
  noGrad,
  realize,
  type Tensor,
  tensor,
  vjp,
  vmap,
} from "../src/index.ts";

const f64 = (data: readonly number[], shape = [data.length]): Tensor =>
  tensor(Float64Array.from(data), { shape });
const x = f64([-1.5, 0.3, 2]);

/** log(1 + exp(x)), which overflows as it is written; the rules read its output or its input. */
const found = (v: Tensor): Tensor => v.exp().add(1).log();
const stated = customFunction({
  name: "log1pexp",
  forward: (v: Tensor) => v.exp().add(1).log(),
  vjp: (dy: Tensor, y: Tensor) => dy.mul(y.neg().exp().mul(-1).add(1)),
  jvp: ([dv]: readonly [Tensor], _y: Tensor, v: Tensor) => dv.mul(v.sigmoid()),
});
/** x·wᵀ·y, with inputs of different shapes and rules for all three. */
const form = (v: Tensor, w: Tensor): Tensor => w.matmul(v).tanh();
const statedForm = customFunction({
  name: "form",
  forward: form,
  vjp: (dy: Tensor, y: Tensor, v: Tensor, w: Tensor) => {
    const dz = dy.mul(y.square().neg().add(1));
    return [w.transpose().matmul(dz), dz.unsqueeze(1).mul(v)];
  },
  jvp: ([dv, dw]: readonly [Tensor, Tensor], y: Tensor, v: Tensor, w: Tensor) =>
    w.matmul(dv).add(dw.matmul(v)).mul(y.square().neg().add(1)),
});
const w = f64([0.2, -0.4, 1, 0.7, 0.1, -0.3], [2, 3]);

const same = async (a: unknown, b: unknown): Promise<void> => {
  const values = async (tree: unknown): Promise<number[]> =>
    Array.isArray(tree)
      ? (await Promise.all(tree.map(values))).flat()
      : [...(await (tree as Tensor).data())];
  const [left, right] = [await values(a), await values(b)];
  expect(left).toHaveLength(right.length);
  left.forEach((v, i) => {
    const expected = right[i] as number;
    expect(Math.abs(v - expected)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(expected)));
  });
};

/** Every way to differentiate one argument of `f`. */
const ways: readonly (readonly [string, (f: (v: Tensor) => Tensor) => unknown])[] = [
  ["its value", (f) => f(x)],
  ["grad", (f) => grad((v: Tensor) => f(v).square().sum())(x)],
  ["vjp", (f) => vjp(f, x).pullback(f(x).mul(0.3).add(1))],
  ["jvp", (f) => Object.values(jvp(f, x, f64([1, -2, 0.5])))],
  [
    "grad of grad",
    (f) =>
      grad((v: Tensor) =>
        grad((u: Tensor) => f(u).square().sum())(v)
          .exp()
          .sum(),
      )(x),
  ],
  [
    "jvp of grad",
    (f) =>
      jvp(
        grad((v: Tensor) => f(v).square().sum()),
        x,
        f64([1, -2, 0.5]),
      ).tangent,
  ],
  ["jacobian, reverse", (f) => jacobian(f)(x)],
  ["jacobian, forward", (f) => jacobian(f, { mode: "forward" })(x)],
  ["hessian", (f) => hessian((v: Tensor) => f(v).square().sum())(x)],
  ["vmap", (f) => vmap(f)(f64([1, 2, 3, 4, 5, 6], [2, 3]))],
  [
    "vmap of grad",
    (f) => vmap(grad((v: Tensor) => f(v).square().sum()))(f64([1, 2, 3, -4, 5, 6], [2, 3])),
  ],
  [
    "grad of vmap",
    (f) => grad((m: Tensor) => vmap(f)(m).square().sum())(f64([1, 2, 3, -4, 5, 6], [2, 3])),
  ],
  [
    "jvp of vmap",
    (f) =>
      jvp(
        (m: Tensor) => vmap(f)(m),
        f64([1, 2, 3, -4, 5, 6], [2, 3]),
        f64([1, 0, 2, 1, -1, 1], [2, 3]),
      ).tangent,
  ],
  [
    "vmap of vmap of grad",
    (f) => vmap(vmap(grad((v: Tensor) => f(v).sum())))(f64([1, 2, 3, -4, 5, 6], [2, 1, 3])),
  ],
];

test.each(ways)("%s of one input is that of the same function without rules", async (_, way) => {
  await same(way(stated), way(found));
});
test.each(ways)("%s beside a constant input", async (_, way) => {
  await same(
    way((v) => statedForm(v, w)),
    way((v) => form(v, w)),
  );
});
test("inputs that all examples share get the sum of their cotangents", async () => {
  const rows = f64([1, 2, 3, -4, 0.5, 6], [2, 3]);
  const loss = (f: typeof form) =>
    grad((m: Tensor) =>
      vmap((v: Tensor) => f(v, m))(rows)
        .square()
        .sum(),
    )(w);
  await same(loss(statedForm), loss(form));
  const columns = (f: typeof form) =>
    grad(([v, m]: readonly [Tensor, Tensor]) =>
      vmap((u: Tensor, k: Tensor) => f(u, m.mul(k)), [null, 0])(v, f64([1, 2]))
        .exp()
        .sum(),
    )([x, w]);
  await same(columns(statedForm), columns(form));
  const turned = (f: typeof form) =>
    grad((m: Tensor) =>
      vmap((v: Tensor) => f(v, m.transpose()))(rows)
        .square()
        .sum(),
    )(f64([0.1, 0.2, -0.3, 0.4, 0.1, -0.2], [3, 2]));
  await same(turned(statedForm), turned(form));
});

test("the rules are asked, not the way forward", async () => {
  const clipped = customFunction({
    forward: (v: Tensor) => v.mul(1),
    vjp: (dy: Tensor) => dy.clamp(-1, 1),
  });
  const reversed = customFunction({ forward: (v: Tensor) => v, vjp: (dy: Tensor) => dy.neg() });
  const rounded = customFunction({ forward: (v: Tensor) => v.round(), vjp: (dy: Tensor) => dy });
  const slope = (f: (v: Tensor) => Tensor): Tensor =>
    grad((v: Tensor) =>
      f(v)
        .mul(f64([0.5, 4, -9]))
        .sum(),
    )(x);
  expect(await slope(clipped).toArray()).toEqual([0.5, 1, -1]);
  expect(await slope(reversed).toArray()).toEqual([-0.5, -4, 9]);
  expect(await slope(rounded).toArray()).toEqual([0.5, 4, -9]);
});

test("backward gives gradients, also after the value was read", async () => {
  const p = tensor([1, 2], { requiresGrad: true });
  const triple = customFunction({
    forward: (v: Tensor) => v.mul(2),
    vjp: (dy: Tensor) => dy.mul(3),
  });
  const y = triple(p);
  expect(await y.toArray()).toEqual([2, 4]);
  y.sum().backward();
  expect(await p.grad?.toArray()).toEqual([3, 3]);
});

test("several results: each cotangent counts once", async () => {
  const polar = (a: Tensor, b: Tensor): readonly Tensor[] => [
    a.square().add(b.square()).sqrt(),
    b.atan2(a),
  ];
  const ruled = customFunction({
    name: "polar",
    forward: polar,
    vjp: ([dr, dt]: readonly Tensor[], [r, t]: readonly Tensor[]) => {
      const [c, s] = [(t as Tensor).cos(), (t as Tensor).sin()];
      const around = (dt as Tensor).div(r as Tensor);
      return [(dr as Tensor).mul(c).sub(around.mul(s)), (dr as Tensor).mul(s).add(around.mul(c))];
    },
    jvp: ([da, db]: readonly [Tensor, Tensor], [r, t]: readonly Tensor[]) => {
      const [c, s] = [(t as Tensor).cos(), (t as Tensor).sin()];
      return [
        da.mul(c).add(db.mul(s)),
        db
          .mul(c)
          .sub(da.mul(s))
          .div(r as Tensor),
      ];
    },
  });
  const b = f64([0.7, -0.2, 1]);
  for (const [, way] of ways) {
    const with_ = (f: typeof polar) => (v: Tensor) => {
      const [r, t] = f(v, b) as readonly [Tensor, Tensor];
      return r.mul(t.add(2)).add(t);
    };
    await same(way(with_(ruled)), way(with_(polar)));
  }
});

test("batch replaces what vmap would have made of forward", async () => {
  let asked: unknown;
  const outer = customFunction({
    forward: (a: Tensor, b: Tensor) => a.mul(b).sum(),
    batch: (examples, a: Tensor, b: Tensor) => {
      asked = examples;
      return a.matmul(b);
    },
  });
  const m = f64([1, 2, 3, 4], [2, 2]);
  const v = f64([10, 1]);
  const all = (rows: Tensor): Tensor => vmap((row: Tensor) => outer(row, v))(rows);
  expect(await all(m).toArray()).toEqual([12, 34]);
  expect(asked).toEqual({ count: 2, many: [true, false] });
  expect(await grad((rows: Tensor) => all(rows).sum())(m).toArray()).toEqual([
    [10, 1],
    [10, 1],
  ]);
});

test("a boundary is no kernel: forward and rules fuse with what is around them", () => {
  const device = record(referenceBackend());
  const a = tensor([1, 2, 3], { backend: device });
  const kernels = (f: (v: Tensor) => Tensor): number => {
    device.clear();
    realize(grad((v: Tensor) => f(v.mul(2)).mul(3).sum())(a));
    return device.kernels.length;
  };
  expect(kernels(stated)).toBe(1);
  expect(kernels(found)).toBe(1);
});
test("a barrier computes no cotangents that nobody wants", () => {
  const device = record(referenceBackend());
  const [a, b] = [tensor([1, 2], { backend: device }), tensor([3, 4], { backend: device })];
  const product = customFunction({
    forward: (u: Tensor, v: Tensor) => u.mul(v),
    vjp: (dy: Tensor, _y: Tensor, u: Tensor, v: Tensor) => [dy.mul(v), dy.mul(u)],
  });
  device.clear();
  realize(grad((u: Tensor) => product(u, b).sum())(a));
  const { slots } = device.programs[0] as (typeof device.programs)[0];
  expect(slots.filter((slot) => slot.role === "result")).toHaveLength(1);
});
test("the same program for every call", () => {
  const device = record(referenceBackend());
  for (const k of [1, 2, 3]) {
    const scaled = customFunction({ forward: (v: Tensor) => v.mul(k), vjp: (dy: Tensor) => dy });
    realize(grad((v: Tensor) => scaled(v).sum())(tensor([k], { backend: device })));
  }
  expect(device.programs).toHaveLength(1);
});

test("under noGrad it is a function like any other", async () => {
  const y = noGrad(() => stated(tensor([0, 1], { requiresGrad: true })));
  expect(y.requiresGrad).toBe(false);
  expect((await y.data()).length).toBe(2);
});

test("disposing what a rule was lent frees it as before", () => {
  const device = record(referenceBackend());
  const a = tensor(new Float32Array(2000), { backend: device }).clone();
  const square = customFunction({
    forward: (v: Tensor) => v.square(),
    vjp: (dy: Tensor, _y: Tensor, v: Tensor) => dy.mul(v.mul(2)),
  });
  realize(vjp((v: Tensor) => square(v), a).pullback(a));
  expect(a.node.handles).toBe(1);
});

const errors: readonly (readonly [string, () => unknown, string | RegExp])[] = [
  [
    "forward mode without jvp",
    () =>
      jvp(
        customFunction({
          name: "half",
          forward: (v: Tensor) => v.mul(0.5),
          vjp: (dy: Tensor) => dy,
        }),
        x,
        x,
      ),
    "half: has a vjp and no jvp: give customFunction() the jvp too, or use reverse mode: grad(), vjp().",
  ],
  [
    "reverse mode without vjp",
    () =>
      grad((v: Tensor) =>
        customFunction({
          name: "half",
          forward: (u: Tensor) => u.mul(0.5),
          jvp: ([d]: readonly [Tensor]) => d,
        })(v).sum(),
      )(x),
    "half: has a jvp and no vjp: give customFunction() the vjp too, or use forward mode: jvp().",
  ],
  [
    "no rule at all",
    () => customFunction({ forward: (v: Tensor) => v }),
    "customFunction: has no rule: give customFunction() a vjp, a jvp or a batch.",
  ],
  [
    "too few cotangents",
    () =>
      grad((v: Tensor) =>
        customFunction({
          name: "sum",
          forward: (a: Tensor, b: Tensor) => a.add(b),
          vjp: (dy: Tensor) => [dy],
        })(v, x).sum(),
      )(x),
    "sum: vjp gave 1 tensors, where there are 2 to give.",
  ],
  [
    "a cotangent of another shape",
    () =>
      grad((v: Tensor) =>
        customFunction({ name: "total", forward: (a: Tensor) => a.sum(), vjp: (dy: Tensor) => dy })(
          v,
        ),
      )(x),
    "total: [] and [3]: vjp must give the shape of what it is about.",
  ],
  [
    "no tensor",
    () =>
      jvp(
        customFunction({
          name: "bad",
          forward: (a: Tensor) => a.exp(),
          jvp: () => 3 as unknown as Tensor,
        }),
        x,
        x,
      ),
    "bad: jvp gave 3 at 0: give a tensor.",
  ],
  [
    "forward over a parameter that is no input",
    () => {
      const p = tensor([2], { requiresGrad: true });
      return customFunction({
        name: "layer",
        forward: (v: Tensor) => v.mul(p),
        vjp: (dy: Tensor) => dy,
      })(x.to("f32"));
    },
    "layer: forward reads a tensor that requires a gradient and is no input, so that no rule could give it one. Make it an input, or detach() it.",
  ],
  [
    "what is no tensor",
    () => stated(3 as unknown as Tensor),
    "log1pexp: takes a tensor and was given 3: tensor() makes one.",
  ],
];
test.each(errors)("%s is refused by name, with a remedy", (_, act, message) => {
  expect(act).toThrow(message);
});
