/**
 * Module 2 — Deliberate breakages of the core, and the tests whose laws they break.
 *
 * A breakage is another text in one file. A test that passes with it proves less than it says.
 */
export interface Mutant {
  readonly name: string;
  /** In `src`. */
  readonly file: string;
  /** Occurs there once. */
  readonly from: string;
  readonly to: string;
  /** In `test`. */
  readonly caughtBy: string;
}
const of = (
  name: string,
  file: string,
  [from, to]: readonly [from: string, to: string],
  caughtBy: string,
): Mutant => ({ name, file, from, to, caughtBy });

const values = "programs.test.ts";
const slopes = "programs-differences.test.ts";
const transforms = "programs-transforms.test.ts";

export const mutants: readonly Mutant[] = [
  of(
    "ties each take the whole cotangent",
    "graph/vjp.ts",
    ["const share = map(div, [dy, reduce(monoids.sum, attained, axes)]);", "const share = dy;"],
    "identities.test.ts",
  ),
  of(
    "cotangents of padding start at its edge",
    "graph/vjp.ts",
    [
      "by.from.dims.flatMap((n, k) => [by.parameters[2 * k] as number, n, 1])",
      "by.from.dims.flatMap((n) => [0, n, 1])",
    ],
    slopes,
  ),
  of(
    "a running sum sends back the sum of what came before",
    "graph/running.ts",
    [
      "backwards(running(monoids.sum, backwards(dy, axis), axis), axis)",
      "running(monoids.sum, dy, axis)",
    ],
    slopes,
  ),
  of(
    "overwritten updates have a cotangent",
    "graph/gathering.ts",
    ['dupdates && map(mul, [dupdates, lastOnes(node as NodeOf<"scatter">)])', "dupdates"],
    slopes,
  ),
  of(
    "the last cotangent of a value is the only one",
    "graph/gradient.ts",
    ["sums.set(x, sum ? map(add, [sum, dx]) : dx)", "sums.set(x, sum ? dx : dx)"],
    slopes,
  ),
  of(
    "what padding reads as has a tangent",
    "graph/jvp.ts",
    ["move(by.move, dx, by.parameters, 0)", "move(by.move, dx, by.parameters, by.fill)"],
    transforms,
  ),
  of(
    "a batch of diagonals takes that of the examples",
    "graph/vmap.ts",
    ["diagonal: shifted,", "diagonal: (axes) => axes,"],
    transforms,
  ),
  of(
    "examples that gather at their own positions share an axis too few",
    "graph/gathering.ts",
    ["gather(xs, indices, axis + 1, batched + 1)", "gather(xs, indices, axis + 1, batched)"],
    transforms,
  ),
  of(
    "a view may leave its array at the end",
    "views/view.ts",
    ["if (low < 0 || high >= extent)", "if (low < 0)"],
    values,
  ),
  of(
    "two paddings of one array have one fill",
    "views/view.ts",
    ["if (added && old > 0 && !Object.is(view.fill, fill)) return null;", ""],
    values,
  ),
  of(
    "any axes can be merged without a copy",
    "views/view.ts",
    ["if (form.strides[outer] !== ", "if (Number.NaN === "],
    values,
  ),
  of(
    "computed values are not padded",
    "schedule/atoms.ts",
    [
      'guards.length ? call("where", this.input({ kind: "test", guards }), value, fill) : value',
      "guards.length || fill ? value : value",
    ],
    values,
  ),
  of(
    "neighboring axes are always one",
    "schedule/collapse.ts",
    ["stride(form, previous) === stride(form, k) * n", "Number.isFinite(n)"],
    values,
  ),
  of(
    "a kernel may store where it reads",
    "schedule/plan.ts",
    ["range.until >= from", "range.until > from"],
    values,
  ),
  of(
    "points of a strided contraction are summed for the wrong residue",
    "schedule/solve.ts",
    [
      "modulo(coefficient * first - r + known.offset, size)",
      "modulo(coefficient * first - known.offset, size)",
    ],
    "network.test.ts",
  ),
];
