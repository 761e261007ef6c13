/**
 * Module 2.31 — Where the first NaN comes from.
 *
 * A number that is none spreads through everything that follows, so by the time a loss shows it, it
 * says nothing. `detectAnomaly` computes one operation after the other and stops at the first that
 * makes NaN or ±∞ of finite inputs.
 */

import type { Shape } from "@mt/backend";
import { isFloat } from "@mt/operators";
import { checkFunction } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { origins } from "../graph/probes.ts";
import { arrayText, nameOf } from "./names.ts";
import { elementsOf, stepwise } from "./stepwise.ts";

/** What an operation was given: its shape, and the smallest and greatest element. */
export interface InputRange {
  readonly shape: Shape;
  readonly dtype: string;
  readonly low: number;
  readonly high: number;
}

/** An operation that made NaN or ±∞ of finite numbers. */
export class AnomalyError extends Error {
  override readonly name = "AnomalyError";
  readonly operation: string;
  readonly inputs: readonly InputRange[];
  /** `file:line:column` of the user's code; undefined where the engine does not tell. */
  readonly line: string | undefined;
  /** For an operation of `backward`: the one whose derivative it is part of, and its line. */
  readonly derivativeOf: { readonly operation: string; readonly line: string | undefined } | null;

  constructor(
    message: string,
    about: Pick<AnomalyError, "operation" | "inputs" | "line" | "derivativeOf">,
  ) {
    super(message);
    this.operation = about.operation;
    this.inputs = about.inputs;
    this.line = about.line;
    this.derivativeOf = about.derivativeOf;
  }
}

const valueText = (x: number): string => (Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞");

/**
 * Runs `f` one operation after the other, its `backward()` too, and gives what it returns. Slow: for
 * finding a fault, not for training.
 * @throws AnomalyError at the first operation, in the order recorded, that makes NaN or ±∞ of finite
 *   inputs; it names the operation, its inputs' shapes and ranges, and the line.
 * @example
 * const x = tensor([1, 0, 4]);
 * detectAnomaly(() => x.add(1).log().sum()).shape; // []
 * detectAnomaly(() => x.mul(2).log().sum()); // AnomalyError: log: makes −∞ of finite numbers: …
 */
export function detectAnomaly<R>(f: () => R): R {
  checkFunction("detectAnomaly", f);
  const finite = new WeakMap<Node, boolean>();
  let pulled: Node | null = null;
  const allFinite = (node: Node): boolean => {
    let known = finite.get(node);
    if (known === undefined) {
      known = firstUnfinite(node) < 0;
      finite.set(node, known);
    }
    return known;
  };
  const computed = (node: Node, inputs: readonly Node[]): void => {
    if (node.kind === "move") return; // padding with ∞ is meant
    if (!allFinite(node) && inputs.every(allFinite)) throw anomaly(node, inputs, pulled);
  };
  return stepwise(f, computed, (node) => {
    pulled = node;
  });
}

/** Position of the first element that is NaN or infinite; −1 without one. */
function firstUnfinite(node: Node): number {
  if (!isFloat(node.dtype)) return -1;
  const elements = elementsOf("detectAnomaly", node);
  for (let i = 0; i < elements.length; i++) if (!Number.isFinite(elements[i])) return i;
  return -1;
}

function rangeOf(node: Node): InputRange {
  const elements = elementsOf("detectAnomaly", node);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < elements.length; i++) {
    low = Math.min(low, elements[i] as number);
    high = Math.max(high, elements[i] as number);
  }
  return { shape: node.shape.dims, dtype: node.dtype, low, high };
}

/** Row-major position as an index for each axis. */
function indexAt(position: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = position;
  for (let k = shape.length - 1; k >= 0; k--) {
    const n = shape[k] as number;
    index[k] = rest % n;
    rest = Math.floor(rest / n);
  }
  return index;
}

const place = (line: string | undefined): string => (line ? ` at ${line}` : "");
const numberText = (x: number): string => String(Number(x.toPrecision(6)));

function anomaly(node: Node, inputs: readonly Node[], pulled: Node | null): AnomalyError {
  const operation = nameOf(node);
  const at = firstUnfinite(node);
  const value = elementsOf("detectAnomaly", node)[at] as number;
  const ranges = inputs.map(rangeOf);
  const given = ranges.map(({ low, high }, k) => {
    const between = low === high ? numberText(low) : `${numberText(low)} … ${numberText(high)}`;
    return `${arrayText(inputs[k] as Node)} of ${between}`;
  });
  const line = origins.get(node);
  const derivativeOf = pulled && { operation: nameOf(pulled), line: origins.get(pulled) };
  const context = derivativeOf
    ? `, in the derivative of ${derivativeOf.operation}${place(derivativeOf.line)}`
    : "";
  const index = indexAt(at, node.shape.dims);
  return new AnomalyError(
    `${operation}: makes ${valueText(value)} of finite numbers: first at [${index.join(", ")}] of ` +
      `${arrayText(node)}, from ${given.join(" and ")}. Recorded${place(line)}${context}. Keep its ` +
      "inputs away from where it has no finite value: clamp them, or add a small number.",
    { operation, inputs: ranges, line, derivativeOf },
  );
}
