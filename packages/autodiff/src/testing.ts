/**
 * Module 1.9 — Is the derivative right?
 *
 * Derivatives from a graph against central differences, index by index, with a random cotangent
 * for every output: with cotangents of 1 an error that cancels in the sum would go unseen.
 */
import { deepStack, mustBeFunction } from "@mt/operators";
import { centralDifference } from "./central-difference.ts";
import { AutodiffError } from "./errors.ts";
import { Scalar } from "./scalar.ts";

const checkFunction = (operation: string, f: unknown): void =>
  mustBeFunction(operation, f, (_, reason) => new AutodiffError(operation, reason));

/** The derivatives that were compared and found to differ. */
export class GradientError extends Error {
  override readonly name = "GradientError";
  readonly rows: readonly GradientRow[];
  constructor(message: string, rows: readonly GradientRow[]) {
    super(message);
    this.rows = rows;
    deepStack(this);
  }
}

export interface GradientRow {
  readonly index: number;
  readonly at: number;
  readonly analytic: number;
  readonly numeric: number;
  readonly error: number;
  readonly allowed: number;
}

export interface GradientCheckOptions {
  /** For the first line of the report. */
  readonly name?: string;
  /** Relative to the larger of 1 and the derivative; default 1e-6. */
  readonly tolerance?: number;
}

/**
 * Holds `analytic` against the central differences of `f` at `at`, every index.
 * @throws GradientError with a table of all indices if one of them is off.
 * @example
 * compareGradients((x) => x ** 2, [3], [6]); // undefined
 */
export function compareGradients(
  f: (...x: number[]) => number,
  at: readonly number[],
  analytic: ArrayLike<number>,
  { name = "gradient", tolerance = 1e-6 }: GradientCheckOptions = {},
): void {
  checkFunction("compareGradients", f);
  if (analytic.length !== at.length)
    throw new GradientError(`${name}: ${analytic.length} gradients of ${at.length} values.`, []);
  const value = Math.abs(f(...at));
  const rows = at.map((x, index): GradientRow => {
    const mine = analytic[index] as number;
    const numeric = centralDifference(f, at, index);
    // f itself is known to a few units in its last place, which the division by h magnifies.
    const step = Math.cbrt(Number.EPSILON) * Math.max(1, Math.abs(x));
    const noise = (8 * Number.EPSILON * value) / step;
    const allowed = tolerance * Math.max(1, Math.abs(mine), Math.abs(numeric)) + noise;
    const error = Object.is(mine, numeric) ? 0 : Math.abs(mine - numeric);
    return { index, at: x, analytic: mine, numeric, error, allowed };
  });
  const wrong = rows.filter((row) => !(row.error <= row.allowed));
  if (wrong.length > 0)
    throw new GradientError(
      `${name}: ${wrong.length} of ${rows.length} derivatives are wrong.\n${report(rows)}`,
      rows,
    );
}

/**
 * Checks `backward` through `f` at `inputs`: the derivative of Σ cₖ·fₖ, for random cₖ, by every
 * input. `f` must be smooth there; stay away from kinks and jumps.
 * @throws GradientError with a table of all indices if one of them is off.
 * @example
 * checkGradient((x, y) => x.mul(y).add(x.sigmoid()), [1.5, -2]); // undefined
 */
export function checkGradient(
  f: (...x: Scalar[]) => Scalar | readonly Scalar[],
  inputs: readonly number[],
  options: GradientCheckOptions & { readonly random?: () => number } = {},
): void {
  checkFunction("checkGradient", f);
  const { random = Math.random } = options;
  const outputsAt = (x: readonly Scalar[]): readonly Scalar[] => [f(...x)].flat();
  const leaves = inputs.map((x) => Scalar.of(x, { requiresGrad: true }));
  const outputs = outputsAt(leaves);
  // Signed, and away from zero, where anything would pass.
  const cotangents = outputs.map(() => (random() < 0.5 ? -1 : 1) * (0.5 + random()));
  for (const [k, output] of outputs.entries())
    if (output.requiresGrad) output.backward(cotangents[k] as number);
  compareGradients(
    (...x) =>
      outputsAt(x.map((value) => Scalar.of(value))).reduce(
        (sum, output, k) => sum + (cotangents[k] as number) * output.data,
        0,
      ),
    inputs,
    leaves.map((leaf) => leaf.grad ?? 0),
    options,
  );
}

function report(rows: readonly GradientRow[]): string {
  const columns = ["index", "at", "analytic", "numeric", "error", "allowed"] as const;
  const show = (x: number): string => (Number.isInteger(x) ? String(x) : x.toPrecision(6));
  const table = [
    [...columns, ""],
    ...rows.map((row) => [
      ...columns.map((column) => show(row[column])),
      row.error <= row.allowed ? "" : "← wrong",
    ]),
  ];
  const widths = columns.map((_, k) => Math.max(...table.map((line) => line[k]?.length ?? 0)));
  return table
    .map((line) =>
      line
        .map((cell, k) => cell.padStart(widths[k] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
