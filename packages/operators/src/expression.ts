/**
 * Module 0.2 — A scalar function, as a value.
 *
 * An expression is a small tree of primitives over arguments and constants. Structurally equal
 * expressions are the same object, so a shared subexpression is computed once and "is it the same
 * formula?" is `===`. Expressions are made when an operator is defined and when a program is
 * compiled, never while a tensor operation is recorded.
 */
import { type DType, dtypes } from "./dtype.ts";
import { usedAsValue } from "./errors.ts";

export type Expr = Argument | Constant | Call;
export interface Argument {
  readonly kind: "arg";
  readonly index: number;
  readonly dtype: DType;
  readonly id: number;
}
export interface Constant {
  readonly kind: "const";
  readonly value: number;
  readonly dtype: DType;
  readonly id: number;
}
export interface Call {
  readonly kind: "call";
  readonly primitive: string;
  readonly args: readonly Expr[];
  readonly dtype: DType;
  readonly id: number;
}
/** What a formula may be written with: a bare number takes the dtype of the values beside it. */
export type Operand = Expr | number;

/** The operator being defined, for messages. */
let definition = "a formula";
/** Runs a definition; a formula that is misused in it is reported under this name. */
export function underDefinition<T>(name: string, define: () => T): T {
  const outer = definition;
  definition = name;
  try {
    return define();
  } finally {
    definition = outer;
  }
}

/**
 * What all formulas inherit. JavaScript would take one for NaN in `Math.sin(x)` and `x > 0`, and
 * the definition would silently come out as another function.
 */
const misuse = Object.create(Object.prototype, {
  [Symbol.toPrimitive]: {
    value: (): never => {
      throw usedAsValue(definition);
    },
  },
});

const interned = new Map<string, Expr>();
function intern<E extends Expr>(key: string, make: (id: number) => E): E {
  let found = interned.get(key) as E | undefined;
  if (!found) {
    found = Object.setPrototypeOf(make(interned.size), misuse) as E;
    interned.set(key, found);
  }
  return found;
}

export const argument = (index: number, dtype: DType): Argument =>
  intern(`a${index}:${dtype}`, (id) => ({ kind: "arg", index, dtype, id }));

/** A literal, rounded to its dtype. */
export function constant(number: number, dtype: DType): Constant {
  const value = dtypes[dtype].fromFloat(number);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return intern(`c${text}:${dtype}`, (id) => ({ kind: "const", value, dtype, id }));
}

/** A call as it stands: typed by the caller, nothing folded. */
export const node = (primitive: string, args: readonly Expr[], dtype: DType): Call =>
  intern(`${primitive}(${args.map((x) => x.id).join()}):${dtype}`, (id) => ({
    kind: "call",
    primitive,
    args,
    dtype,
    id,
  }));

/** Every node below `roots`, inputs before the nodes that use them, each once. */
export function postorder(...roots: readonly Expr[]): Expr[] {
  const order: Expr[] = [];
  const seen = new Set<Expr>();
  const stack: Expr[] = [...roots].reverse();
  while (stack.length) {
    const top = stack[stack.length - 1] as Expr;
    const waiting =
      top.kind === "call" && !seen.has(top) ? top.args.filter((x) => !seen.has(x)) : [];
    if (waiting.length) stack.push(...waiting.reverse());
    else {
      stack.pop();
      if (!seen.has(top)) {
        seen.add(top);
        order.push(top);
      }
    }
  }
  return order;
}

/** Rebuilds `e` with some nodes replaced; `replace` returns undefined where nothing changes. */
export function substitute(e: Expr, replace: (x: Expr) => Expr | undefined): Expr {
  const made = new Map<Expr, Expr>();
  for (const x of postorder(e)) {
    const same = x.kind !== "call" || x.args.every((a) => made.get(a) === a);
    const rebuilt = (): Expr => {
      if (same) return x;
      const args = (x as Call).args.map((a) => made.get(a) as Expr);
      return node((x as Call).primitive, args, x.dtype);
    };
    made.set(x, replace(x) ?? rebuilt());
  }
  return made.get(e) as Expr;
}
