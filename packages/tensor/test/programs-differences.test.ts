/**
 * Module 2 — Gradients of random programs are what differences find.
 *
 * All leaves move along a random direction at once: an error in any element of any cotangent shows.
 * Where a program has a kink or a jump, or bends too much to tell, nothing is said.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { grad, realize, type Tensor } from "../src/index.ts";
import { bare, on, reference } from "./devices.ts";
import { runs } from "./laws.ts";
import { told } from "./program-text.ts";
import { programs } from "./programs.ts";
import { type SmoothFunction, smoothFunction, smoothManner } from "./smooth.ts";
import { randomLike } from "./values.ts";

const dot = (a: readonly Tensor[], b: readonly Tensor[]): Tensor =>
  a.map((x, i) => x.mul(b[i] as Tensor).sum()).reduce((sum, term) => sum.add(term));

/** Whether f is smooth enough here to compare. @throws if its gradient is not its slope. */
function gradientIsSlope({ f, leaves }: SmoothFunction): boolean {
  const directions = leaves.map((x, k) => randomLike(x, 100 + k));
  const terms = grad(f)(leaves).map((dx, k) => dx.mul(directions[k] as Tensor));
  realize(...terms);
  const list = terms.flatMap((term) => [...term.dataSync()]);
  const slope = list.reduce((sum, term) => sum + term, 0);
  const size = list.reduce((sum, term) => sum + Math.abs(term), 0);
  const at = (by: number): number =>
    f(leaves.map((x, k) => x.add((directions[k] as Tensor).mul(by)))).itemSync();
  const step = 2e-4;
  const [down, halfDown, here, halfUp, up] = [-1, -0.5, 0, 0.5, 1].map((t) => at(t * step)) as [
    ...[number, number, number, number, number],
  ];
  const whole = (up - down) / (2 * step);
  const half = (halfUp - halfDown) / step;
  // how much a smooth function bends halves with the step, and a kink does not
  const bend = (up - 2 * here + down) / step;
  const halfBend = (halfUp - 2 * here + halfDown) / (step / 2);
  const unsure = Math.abs(whole - half) + Math.abs(bend - 2 * halfBend);
  const scale = Math.max(size, Math.abs(half), 1e-3);
  if (!(unsure <= 1e-4 * scale)) return false;
  const difference = (4 * half - whole) / 3;
  if (!(Math.abs(difference - slope) <= 1e-6 * scale + 0.1 * unsure))
    expect.fail(`the gradient says ${slope}, differences ${difference}, of ${scale} (${unsure})`);
  return size > 0;
}

/** A random combination of the derivatives of f, whose gradient is made of second derivatives. */
const derivative = ({ f, leaves }: SmoothFunction): SmoothFunction => ({
  f: (list) =>
    dot(
      grad(f)(list),
      leaves.map((x, k) => randomLike(x, 200 + k)),
    ),
  leaves,
});

const itself = (f: SmoothFunction): SmoothFunction => f;
// each with its part of all programs, and with how many of them must be smooth
test.each([
  ["gradient = slope", reference, itself, 1, 0.8],
  ["gradient = slope, of derivatives", reference, derivative, 0.2, 0.4],
  ["gradient = slope, on a bare device", bare, itself, 0.1, 0.8],
] as const)("%s", { timeout: 600_000 }, (_, device, of, part, least) => {
  let compared = 0;
  const law = told((steps) => {
    const f = smoothFunction(steps);
    if (f && gradientIsSlope(of(f))) compared++;
  }, smoothManner);
  const { numRuns, ...options } = runs(20, part);
  on(device, () => fc.assert(fc.property(programs(), law), { numRuns, ...options }));
  expect(compared).toBeGreaterThan(numRuns * least);
});
