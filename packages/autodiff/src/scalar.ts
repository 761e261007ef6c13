/**
 * Module 1.3 — Scalar: a number that remembers how it was computed.
 *
 * Each operation makes a node that points to its inputs. Its methods are the operators of
 * module 0, read from their table: a line there is a method here. Derivatives are operators too,
 * so a cotangent may be a plain number (fast) or a Scalar (which can be differentiated again).
 */

import { installMethods, type Operator, operators } from "@mt/operators";
import { backpropagate, type Variable } from "./backpropagate.ts";
import {
  notALeaf,
  notANumber,
  notAnOperator,
  nothingToDifferentiate,
  updatedSince,
} from "./errors.ts";
import { isRecording } from "./no-grad.ts";

/** How cotangents go back through one kind of computation; null is zero. */
export interface Rule {
  readonly name: string;
  pullback<V extends number | Scalar>(output: Scalar, cotangent: V): readonly (V | null)[];
}

export interface ScalarOptions {
  /** Whether `backward` collects its gradient. */
  readonly requiresGrad?: boolean;
  /** For messages and printing. */
  readonly name?: string;
}

type Table = typeof operators;
/** Homomorphic in the table, so that a method shows the documentation of its operator's line. */
type ScalarMethods = {
  readonly [K in keyof Table as Table[K] extends Operator<1> ? K : never]: () => Scalar;
} & {
  readonly [K in keyof Table as Table[K] extends Operator<2> ? K : never]: (
    other: Scalar | number,
  ) => Scalar;
} & {
  readonly [K in keyof Table as Table[K] extends Operator<3> ? K : never]: (
    second: Scalar | number,
    third: Scalar | number,
  ) => Scalar;
};

const none: readonly Scalar[] = [];

/**
 * A number with a memory.
 * @example
 * const x = Scalar.of(3, { requiresGrad: true });
 * const y = x.mul(x).add(1);
 * y.data; // 10
 * y.backward();
 * x.grad; // 6
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods are defined below the class.
export class Scalar implements Variable<number>, Variable<Scalar> {
  readonly data: number;
  readonly requiresGrad: boolean;
  readonly name: string;
  /** The sum of all gradients that `backward` has sent here; null before the first. Leaves only. */
  grad: number | null = null;
  /** What it was computed from; empty for a leaf. */
  readonly inputs: readonly Scalar[];
  readonly rule: Rule | null;
  /** Counts updates, so that a derivative is never taken at a point that has moved. */
  #version = 0;
  readonly #versions: number;

  /** Use `Scalar.of` for values and the methods for computations; this is what both call. */
  constructor(
    data: number,
    requiresGrad: boolean,
    name: string,
    rule: Rule | null,
    from: readonly Scalar[] = none,
  ) {
    this.data = data;
    this.requiresGrad = requiresGrad;
    this.name = name;
    this.rule = rule;
    this.inputs = from;
    this.#versions = Scalar.#versionOf(from);
  }

  /**
   * A leaf: a value of your own.
   * @throws AutodiffError if `data` is not a number.
   * @example
   * Scalar.of(2).data; // 2
   */
  static of(data: number, { requiresGrad = false, name = "" }: ScalarOptions = {}): Scalar {
    if (typeof data !== "number") throw notANumber("Scalar.of", data);
    return new Scalar(data, requiresGrad, name, null);
  }

  /**
   * Any operator, with numbers on any side: what the methods are made of, and how to use an
   * operator of your own.
   * @throws AutodiffError if an operand is neither a number nor a Scalar.
   * @example
   * import { sub } from "@mt/operators";
   * Scalar.map(sub, 1, Scalar.of(3)).data; // -2
   */
  static map(operator: Operator, ...operands: readonly (Scalar | number)[]): Scalar {
    if (typeof operator?.arity !== "number") throw notAnOperator("map", operator);
    const inputs = operands.map((x) => asScalar(operator.name, x));
    const data = operator(...inputs.map((x) => x.data));
    return Scalar.record(data, ruleOf(operator), inputs, (i) => operator.pullback(i) !== null);
  }

  /** A computed value; it keeps its inputs only if a derivative may flow back through it. */
  static record(
    data: number,
    rule: Rule,
    inputs: readonly Scalar[],
    flows: (input: number) => boolean = () => true,
  ): Scalar {
    const requiresGrad = isRecording() && inputs.some((x, i) => x.requiresGrad && flows(i));
    return requiresGrad
      ? new Scalar(data, true, "", rule, inputs)
      : new Scalar(data, false, "", null);
  }

  /** This value under `operator`, with further operands: `x.map(swish, 1.5)`. */
  map(operator: Operator, ...others: readonly (Scalar | number)[]): Scalar {
    return Scalar.map(operator, this, ...others);
  }

  /**
   * Sends `cotangent` = ∂L/∂this back to every leaf this was computed from, adding to its `grad`.
   * @throws AutodiffError if nothing requires a gradient, or a leaf was updated in the meantime.
   * @example
   * const x = Scalar.of(2, { requiresGrad: true });
   * x.log().backward();
   * x.log().backward();
   * x.grad; // 1
   */
  backward(cotangent = 1): void {
    if (typeof cotangent !== "number") throw notANumber("backward", cotangent);
    if (!this.requiresGrad) throw nothingToDifferentiate("backward");
    const gradients = backpropagate<number, Scalar>(this, cotangent, (a, b) => a + b);
    for (const [leaf, gradient] of gradients) leaf.grad = (leaf.grad ?? 0) + gradient;
  }

  /** How a cotangent of this value goes back to its inputs: as a number, or as a Scalar. */
  pullback<V extends number | Scalar>(cotangent: V): readonly (V | null)[] {
    if (!this.rule) return [];
    if (Scalar.#versionOf(this.inputs) !== this.#versions) throw updatedSince(this.rule.name);
    return this.rule.pullback(this, cotangent);
  }

  /**
   * Replaces the number of a leaf: what an optimizer does.
   * @throws AutodiffError if this Scalar was computed.
   */
  update(data: number): void {
    if (typeof data !== "number") throw notANumber("update", data);
    if (this.rule) throw notALeaf("update");
    (this as { data: number }).data = data;
    this.#version++;
  }

  zeroGrad(): void {
    this.grad = null;
  }

  /** The same number as a constant: nothing flows back through it. */
  detach(): Scalar {
    return new Scalar(this.data, false, this.name, null);
  }

  toString(): string {
    const grad = this.grad === null ? "" : `, grad ${this.grad}`;
    return `Scalar(${this.name && `${this.name} = `}${this.data}${grad})`;
  }

  // Versions only grow, so their sum is unchanged exactly if each of them is.
  static #versionOf(scalars: readonly Scalar[]): number {
    let sum = 0;
    for (const x of scalars) sum += x.#version;
    return sum;
  }
}

export interface Scalar extends ScalarMethods {}

installMethods<Operator>(Scalar.prototype, operators, (operator) => {
  return function (this: Scalar, ...others: readonly (Scalar | number)[]) {
    return Scalar.map(operator, this, ...others);
  };
});

function asScalar(operation: string, x: Scalar | number): Scalar {
  if (x instanceof Scalar) return x;
  if (typeof x !== "number") throw notANumber(operation, x);
  return new Scalar(x, false, "", null);
}

/** How values are read and computed with, when cotangents are numbers and when they are Scalars. */
interface Algebra<V> {
  value(x: Scalar): V;
  apply(operator: Operator, values: readonly V[]): V;
}
const onNumbers: Algebra<number> = {
  value: (x) => x.data,
  apply: (operator, values) => operator(...values),
};
const onScalars: Algebra<Scalar> = {
  value: (x) => x,
  apply: (operator, values) => Scalar.map(operator, ...values),
};

const rules: Rule[] = [];
/** The chain rule of an operator, read from its pullbacks. */
function ruleOf(operator: Operator): Rule {
  rules[operator.id] ??= {
    name: operator.name,
    pullback<V extends number | Scalar>(output: Scalar, cotangent: V): readonly (V | null)[] {
      const algebra = (typeof cotangent === "number" ? onNumbers : onScalars) as Algebra<V>;
      return output.inputs.map((input, i) => {
        const rule = input.requiresGrad ? operator.pullback(i) : null;
        if (!rule) return null;
        if (!rule.operator) return cotangent;
        const values = rule.from.map((source) =>
          source === "cotangent"
            ? cotangent
            : algebra.value(source === "output" ? output : (output.inputs[source] as Scalar)),
        );
        return algebra.apply(rule.operator, values);
      });
    },
  };
  return rules[operator.id] as Rule;
}
