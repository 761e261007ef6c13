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
  const stack = roots.toReversed();
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { length } = stack;
    if (top.kind === "call" && !seen.has(top))
      for (let i = top.args.length - 1; i >= 0; i--) {
        const input = top.args[i] as Expr;
        if (!seen.has(input)) stack.push(input);
      }
    if (stack.length > length) continue;
    stack.pop();
    if (!seen.has(top)) order.push(top);
    seen.add(top);
  }
  return order;
}

/** The value of `e`, when `of` makes that of a node from those of its inputs; each node once. */
export function walk<T>(e: Expr, of: (x: Expr, inputs: readonly T[]) => T): T {
  const made = new Map<Expr, T>();
  for (const x of postorder(e))
    made.set(x, of(x, x.kind === "call" ? x.args.map((a) => made.get(a) as T) : []));
  return made.get(e) as T;
}

/** The same call of other inputs; what has none, or the same, stays as it is. */
export const rebuild = (x: Expr, inputs: readonly Expr[]): Expr =>
  x.kind === "call" && inputs.some((a, i) => a !== x.args[i])
    ? node(x.primitive, inputs, x.dtype)
    : x;

/** Rebuilds `e` with some nodes replaced; `replace` returns undefined where nothing changes. */
export const substitute = (e: Expr, replace: (x: Expr) => Expr | undefined): Expr =>
  walk<Expr>(e, (x, inputs) => replace(x) ?? rebuild(x, inputs));
