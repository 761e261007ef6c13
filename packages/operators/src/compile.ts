/**
 * Module 0.7 — Running a formula: compiled, or interpreted.
 *
 * Both round to the node's dtype after every primitive and agree bit for bit; the interpreter is
 * the definition, and the way where a host forbids `new Function`.
 */
import { dtypes, isFloat } from "./dtype.ts";
import { type Argument, type Call, type Expr, postorder } from "./expression.ts";
import { rowOf } from "./primitives.ts";
import { expand } from "./retype.ts";

/** A number as a JavaScript atom. */
export const literal = (value: number): string =>
  Object.is(value, -0) || value < 0 ? `(${Object.is(value, -0) ? "-0" : value})` : `${value}`;

function callText(x: Call, args: readonly string[]): string {
  const row = dtypes[x.dtype];
  if (x.primitive === "cast" || x.primitive === "promote") {
    const from = (x.args[0] as Expr).dtype;
    const fits =
      dtypes[from].rank < row.rank && isFloat(x.dtype) && from !== "u32" && from !== "i32";
    const text = args[0] as string;
    return fits ? text : isFloat(from) ? row.fromFloatText(text) : row.roundText(text);
  }
  const { js, jsInteger, exact } = rowOf(x.primitive);
  const text = (isFloat(x.dtype) ? js : (jsInteger ?? js))(...args);
  return exact ? text : row.roundText(text);
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
      const name = `t${x.id}`;
      lines.push(
        `const ${name} = ${callText(
          x,
          x.args.map((a) => names.get(a) as string),
        )};`,
      );
      names.set(x, name);
    }
  }
  return roots.map((x) => names.get(x) as string);
}

/** Evaluates one node, given its inputs. */
export function evaluateCall(x: Call, args: readonly number[]): number {
  const row = dtypes[x.dtype];
  if (x.primitive === "cast" || x.primitive === "promote") {
    const value = args[0] as number;
    return isFloat((x.args[0] as Expr).dtype) ? row.fromFloat(value) : row.round(value);
  }
  const { run, runInteger } = rowOf(x.primitive);
  return row.round((isFloat(x.dtype) ? run : (runInteger ?? run))(...args));
}

/** The formula as a JavaScript function that walks the tree. */
export function interpret(formula: Expr): (...x: number[]) => number {
  const e = expand(formula);
  const order = postorder(e);
  const place = new Map(order.map((x, i) => [x, i]));
  const inputs = order.map((x) =>
    (x.kind === "call" ? x.args : []).map((a) => place.get(a) as number),
  );
  const values = new Float64Array(order.length);
  return (...x) => {
    order.forEach((step, i) => {
      values[i] =
        step.kind === "arg"
          ? (x[step.index] as number)
          : step.kind === "const"
            ? step.value
            : evaluateCall(
                step,
                (inputs[i] as number[]).map((k) => values[k] as number),
              );
    });
    return values[order.length - 1] as number;
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
  const body = [...lines, `return ${result};`].join("\n");
  return new Function(...parameters, body) as (...x: number[]) => number;
}
