/** Devices that mistake numbers. */
import {
  type Call,
  call,
  cast,
  constant,
  type DType,
  dtypes,
  type Expr,
  isFloat,
  node,
} from "@mt/operators";
import { Decorator } from "../../src/decorate.ts";
import type { Executable, Program } from "../../src/index.ts";
import { byComparison } from "./kernels.ts";
import { type Broken, onCalls, sound } from "./rewriting.ts";

/** Other conversions, told by the dtypes from and to. */
const onCasts = (rewrite: (x: Expr, from: DType, to: DType) => Expr | undefined) =>
  onCalls((conversion) => {
    const [x] = conversion.args;
    return conversion.primitive === "cast" && x ? rewrite(x, x.dtype, conversion.dtype) : undefined;
  });
const isInteger = (dtype: DType): boolean => dtypes[dtype].kind === "integer";

/** Subnormal results of f32 arithmetic become zero. */
export function flushing(x: Call): Expr | undefined {
  if (x.dtype !== "f32" || x.args.some(({ dtype }) => dtype !== "f32")) return undefined;
  return call("where", call("lt", call("abs", x), 2 ** -126), 0, x);
}
/** a · b + c rounded once, through f64. */
export function contracting(x: Call): Expr | undefined {
  const [product, c] = x.args;
  if (x.primitive !== "add" || x.dtype !== "f32" || product?.kind !== "call") return undefined;
  if (product.primitive !== "mul") return undefined;
  const wide = product.args.map((y) => cast(y, "f64")) as [Expr, Expr];
  return cast(call("add", call("mul", ...wide), cast(c as Expr, "f64")), "f32");
}
/** e^x, a unit in the last place too large. */
export const inexact = (x: Call): Expr | undefined =>
  x.primitive === "exp" && x.dtype === "f32" ? call("mul", x, 1 + 2 ** -23) : undefined;

/** Run-time numbers that do not fit in 31 bits are cut. */
class Signed extends Decorator {
  override compile(program: Program): Executable {
    const executable = super.compile(program);
    return {
      run: (buffers, scalars) =>
        executable.run(
          buffers,
          scalars.map((x) => Math.min(x, 2 ** 31)),
        ),
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  }
}

export const brokenNumbers: readonly Broken[] = [
  [
    "the floor of a number is what is before its point",
    ["computes every primitive in every"],
    () => onCalls((x) => (x.primitive === "floor" ? call("trunc", ...x.args) : undefined)),
  ],
  [
    "e^x is off by a unit that is not stated",
    ["computes every primitive in every"],
    () => onCalls(inexact),
  ],
  [
    "a maximum is found by comparing",
    ["computes every primitive at NaN"],
    () =>
      onCalls((x) =>
        x.primitive === "max" ? byComparison(...(x.args as [Expr, Expr])) : undefined,
      ),
  ],
  ["subnormal numbers are flushed", ["keeps subnormal"], () => onCalls(flushing)],
  ["a product is not rounded before a sum", ["rounds a · b"], () => onCalls(contracting)],
  [
    "integers pass through a byte",
    ["keeps numbers"],
    () =>
      onCasts((x, from, to) =>
        isInteger(from) && isInteger(to) ? cast(cast(x, "u8"), to) : undefined,
      ),
  ],
  [
    "long integers are cut where floats end",
    ["rounds integers"],
    () =>
      onCasts((x, from, to) =>
        from === "i32" && to === "f32" ? cast(call("bitAnd", x, -4), to) : undefined,
      ),
  ],
  [
    "negative integers become zero",
    ["wraps integers"],
    () =>
      onCasts((x, from, to) =>
        from === "i32" && to === "u32" ? cast(call("max", x, 0), to) : undefined,
      ),
  ],
  [
    "floats become integers by rounding",
    ["truncates floats"],
    () =>
      onCasts((x, from, to) =>
        isFloat(from) && isInteger(to) ? cast(call("round", x), to) : undefined,
      ),
  ],
  [
    "NaN becomes the lowest integer",
    ["makes 0 of NaN"],
    () =>
      onCasts((x, from, to) => {
        if (!isFloat(from) || to !== "i32") return undefined;
        const lowest = constant(dtypes[to].lowest, to);
        return call("where", call("ne", x, x), lowest, node("cast", [x], to));
      }),
  ],
  [
    "a number is true where its whole part is",
    ["makes bools"],
    () =>
      onCasts((x, from, to) =>
        isFloat(from) && to === "bool" ? cast(call("trunc", x), to) : undefined,
      ),
  ],
  [
    "shifts to the right copy the sign",
    ["computes the published words"],
    () =>
      onCalls((x) => {
        const [word, by] = x.args as [Expr, Expr];
        if (x.primitive !== "shiftRight" || x.dtype !== "u32") return undefined;
        const sign = call("shiftLeft", 2 ** 32 - 1, call("sub", 32, by));
        return call("where", call("lt", word, 2 ** 31), x, call("bitOr", x, sign));
      }),
  ],
  ["numbers have 31 bits", ["draws the same bits"], () => new Signed(sound())],
  [
    "words lose a bit on their way to floats",
    ["makes the same uniform"],
    () =>
      onCasts((x, from, to) =>
        from === "u32" && isFloat(to) ? cast(call("bitAnd", x, 2 ** 32 - 2), to) : undefined,
      ),
  ],
];
