/** Module 2 — Operations under the transforms: second derivatives, batches, both. */
import { describe, expect, test } from "vitest";
import {
  chunk,
  diag,
  einsum,
  fold,
  hessian,
  interpolate,
  jvp,
  norm,
  outer,
  pad,
  repeatInterleave,
  roll,
  stack,
  type Tensor,
  tensor,
  tile,
  triu,
  vmap,
} from "../src/index.ts";
import { apart } from "./differences.ts";

const f64 = (shape: readonly number[], seed = 1): Tensor =>
  tensor(new Float64Array(apart(shape, seed).data), { shape });
const close = (x: Tensor, y: Tensor, digits = 10): void => {
  expect(x.shape).toEqual(y.shape);
  const expected = y.dataSync();
  [...x.dataSync()].forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i] as number, digits);
  });
};

describe("second derivatives are their closed forms", () => {
  test("of the norm: (I − u·uᵀ) / |x|, u = x / |x|", () => {
    const x = f64([4]);
    const length = norm(x);
    const u = x.div(length);
    const identity = diag(tensor(new Float64Array(4).fill(1)));
    close(hessian((v: Tensor) => norm(v))(x) as Tensor, identity.sub(outer(u, u)).div(length));
  });
  test("of a quadratic form: A + Aᵀ", () => {
    const a = f64([3, 3], 2);
    const form = (v: Tensor): Tensor => einsum("i,ij,j->", v, a, v);
    close(hessian(form)(f64([3])) as Tensor, a.add(a.transpose()));
  });
});

const w = f64([3, 4], 5);
const operations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  einsum: (x) => einsum("ij,kj,kk->ik", x, w, w.slice(null, { end: 3 })),
  "einsum's diagonal": (x) => einsum("ii->i", x.slice(null, { end: 3 })),
  norm: (x) => norm(x, -1),
  std: (x) => x.std(0),
  roll: (x) => roll(x, 1, 1),
  "flat roll": (x) => roll(x, 2),
  tile: (x) => tile(x, 2, 1, 2),
  repeatInterleave: (x) => repeatInterleave(x, 2, 0),
  chunk: (x) => chunk(x, 2, 1)[1] as Tensor,
  triu: (x) => triu(x),
  diag: (x) => diag(x, 1),
  trace: (x) => x.trace(),
  reflect: (x) => pad(x, [[1, 2]], "reflect"),
  replicate: (x) => pad(x, [[1, 2]], "replicate"),
  fold: (x) => fold(x, 0, 9, 2, 1),
  nearest: (x) => interpolate(x, { size: [2, 6] }),
  bilinear: (x) => interpolate(x, { size: [2, 6], mode: "bilinear" }),
};
describe.each(Object.entries(operations))("%s", (_, f) => {
  const rows = [f64([3, 4]), f64([3, 4], 2)];
  test("of a batch is the operation on each", () => {
    close(vmap(f)(stack(rows)) as Tensor, stack(rows.map(f)));
  });
  test("pushes tangents forward as differences do", () => {
    const [x, v] = rows as [Tensor, Tensor];
    const { tangent } = jvp(f, x, v);
    const step = 1e-5;
    close(
      tangent,
      f(x.add(v.mul(step)))
        .sub(f(x.sub(v.mul(step))))
        .div(2 * step),
      6,
    );
  });
});
