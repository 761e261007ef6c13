/** What holds of every operation on the page: it is recorded, batched, differentiated, and runs anywhere. */
import { isFloat } from "@mt/operators";
import {
  jvp,
  manualSeed,
  realize,
  registerBackend,
  stack,
  type Tensor,
  vjp,
  vmap,
} from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { devices, type Named, programOf, usedBy } from "../src/measure.ts";
import { operandsOn } from "../src/operands.ts";
import { groups } from "../src/tables.ts";

const { own, bare } = devices;
const rows = groups.flatMap((group) => group.rows);
/** The call on operands, with the same draws each time. */
function resultsOf(call: string, operands: Named): readonly Tensor[] {
  manualSeed(3);
  return programOf(call)(operands);
}
const read = (x: Tensor): number[] => [...x.dataSync()];
function expectClose(x: Tensor, y: Tensor, tolerance: number): void {
  expect([x.dtype, ...x.shape]).toEqual([y.dtype, ...y.shape]);
  const [a, b] = [read(x), read(y)];
  const off = a.map((v, k) => Math.abs(v - (b[k] as number)) / Math.max(1, Math.abs(v)));
  expect(Math.max(0, ...off)).toBeLessThanOrEqual(isFloat(x.dtype) ? tolerance : 0);
}
const dot = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce(
    (sum, x, k) =>
      sum +
      x
        .mul(b[k] as Tensor)
        .sum()
        .itemSync(),
    0,
  );

describe.each(rows)("%s", (call, _, derivative) => {
  test("runs nothing while it is recorded", () => {
    registerBackend(own);
    realize();
    own.clear();
    const { floats, others } = operandsOn(own);
    const results = resultsOf(call, { ...floats, ...others });
    expect(own.runs).toHaveLength(0);
    realize(...results);
  });

  test("gives the same on a device that has only what it must have", () => {
    const [x, y] = [own, bare].map((device) => {
      registerBackend(device);
      const { floats, others } = operandsOn(device);
      return resultsOf(call, { ...floats, ...others });
    }) as [readonly Tensor[], readonly Tensor[]];
    for (const [k, result] of x.entries()) expectClose(result, y[k] as Tensor, 1e-6);
  });

  const many = [0, 1, 2].map((seed) => usedBy(call, operandsOn(own, "f32", seed).floats));
  const names = Object.keys(many[0] as Named);
  if (names.length > 0)
    test("for many examples is what it is for each", () => {
      registerBackend(own);
      const { others } = operandsOn(own);
      const all = Object.fromEntries(
        names.map((name) => [name, stack(many.map((x) => x[name] as Tensor))]),
      );
      const each = many.map((x) => resultsOf(call, { ...x, ...others }));
      const batched = vmap((x: Named) => resultsOf(call, { ...x, ...others }))(all);
      for (const [k, y] of batched.entries())
        expectClose(y, stack(each.map((list) => list[k] as Tensor)), 1e-6);
    });

  if (derivative !== "–")
    test("has the derivative of differences, forwards and back", () => {
      registerBackend(own);
      const { floats, others } = operandsOn(own, "f64");
      const x = usedBy(call, floats);
      const along = usedBy(call, operandsOn(own, "f64", 5).floats);
      const f = (operands: Named): Tensor[] =>
        resultsOf(call, { ...operands, ...others }).filter((y) => isFloat(y.dtype));
      const moved = (by: number): Tensor[] =>
        f(
          Object.fromEntries(
            names.map((n) => [n, (x[n] as Tensor).add((along[n] as Tensor).mul(by))]),
          ),
        );
      const h = 1e-5;
      const [up, down] = [moved(h), moved(-h)];
      f(x).forEach((y, k) => {
        const { tangent } = jvp((operands: Named) => f(operands)[k] as Tensor, x, along);
        const difference = (up[k] as Tensor).sub(down[k] as Tensor).div(2 * h);
        expectClose(tangent, difference, 1e-6);
        const dy = y.mul(7).cos(); // some cotangent
        const { pullback } = vjp((operands: Named) => f(operands)[k] as Tensor, x);
        const back = pullback(dy);
        const there = dot([tangent], [dy]);
        expect(
          dot(
            names.map((n) => back[n] as Tensor),
            names.map((n) => along[n] as Tensor),
          ),
        ).toBeCloseTo(there, 8);
      });
    });
});
