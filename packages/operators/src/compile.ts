/**
 * Module 0.7 — Running a formula: compiled, or interpreted.
 *
 * Both round to the node's dtype after every primitive and agree bit for bit; the interpreter is
 * the definition, and the way where a host forbids `new Function`.
 */
import { dtypes, isFloat } from "./dtype.ts";
import { type Argument, type Call, type Expr, postorder } from "./expression.ts";
import { isConversion } from "./primitive.ts";
import { rowOf } from "./primitives.ts";
import { expand } from "./retype.ts";

/** A number as a JavaScript atom. */
export const literal = (value: number): string =>
  Object.is(value, -0) ? "(-0)" : value < 0 ? `(${value})` : `${value}`;

/** How the result of a call is brought to its dtype. */
const rounding = (x: Call): "round" | "fromFloat" =>
  isConversion(x) && isFloat((x.args[0] as Expr).dtype) ? "fromFloat" : "round";

function callText(x: Call, args: readonly string[]): string {
  const { js, jsInteger = js, exact } = rowOf(x.primitive);
  const text = (isFloat(x.dtype) ? js : jsInteger)(...args);
  return exact ? text : dtypes[x.dtype][`${rounding(x)}Text`](text);
}

/**
 * JavaScript for several formulas that share their subexpressions: one `const` per inner node,
 * pushed on `lines`; returns the atoms that hold the results.
 */
export function emitJavaScript(
  roots: readonly Expr[],
  atomOf: (x: Argument) => string,
  lines: string[],
  names: Map<Expr, string> = new Map(),
): string[] {
  for (const x of postorder(...roots)) {
    if (names.has(x)) continue;
    if (x.kind === "arg") names.set(x, atomOf(x));
    else if (x.kind === "const") names.set(x, literal(x.value));
    else {
      const args = x.args.map((a) => names.get(a) as string);
      lines.push(`const t${x.id} = ${callText(x, args)};`);
      names.set(x, `t${x.id}`);
    }
  }
  return roots.map((x) => names.get(x) as string);
}

/** Evaluates one node, given its inputs. */
export function evaluateCall(x: Call, args: readonly number[]): number {
  const { run, runInteger = run } = rowOf(x.primitive);
  return dtypes[x.dtype][rounding(x)]((isFloat(x.dtype) ? run : runInteger)(...args));
}

/** The formula as a JavaScript function that walks the tree. */
export function interpret(formula: Expr): (...x: number[]) => number {
  const order = postorder(expand(formula));
  const values = new Map<Expr, number>();
  const value = (x: Expr): number => values.get(x) as number;
  return (...given) => {
    for (const x of order)
      values.set(
        x,
        x.kind === "arg"
          ? (given[x.index] as number)
          : x.kind === "const"
            ? x.value
            : evaluateCall(x, x.args.map(value)),
      );
    return value(order.at(-1) as Expr);
  };
}

let mayGenerate: boolean | undefined;
/** Whether this host allows `new Function` (a content security policy may not). */
export function canGenerateCode(): boolean {
  if (mayGenerate === undefined) {
    try {
      mayGenerate = new Function("return true")() as boolean;
    } catch {
      mayGenerate = false;
    }
  }
  return mayGenerate;
}

/** The formula as a function of `arity` numbers, compiled where the host allows it. */
export function compile(formula: Expr, arity: number): (...x: number[]) => number {
  if (!canGenerateCode()) return interpret(formula);
  const lines: string[] = [];
  const [result] = emitJavaScript([expand(formula)], (x) => `x${x.index}`, lines);
  const parameters = Array.from({ length: arity }, (_, i) => `x${i}`);
  return new Function(...parameters, [...lines, `return ${result};`].join("\n")) as never;
}
