/** Module 2.20b — Whether tensors agree, up to rounding. */
import {
  abs,
  add,
  eq,
  le,
  logicalAnd,
  logicalOr,
  lt,
  mul,
  ne,
  type Operator,
  sub,
  writtenLater,
} from "@mt/operators";
import { map, numberLeaf } from "./graph/record.ts";
import { floating, promoted } from "./operations/lift.ts";
import { all } from "./operations/reductions.ts";
import { nodeOf, Tensor } from "./tensor.ts";

export interface Tolerance {
  /** Share of |y| that x may be off; 1e-5 without. */
  readonly relative?: number;
  /** What x may be off besides; 1e-8 without. */
  readonly absolute?: number;
  /** Whether NaN agrees with NaN; not without. */
  readonly equalNaN?: boolean;
}

/** Equal infinities are close; to a finite number no infinity is. */
const close: Operator<5> = writtenLater(
  "close",
  (x, y, relative, absolute, equalNaN) => {
    const distance = abs(sub(x, y));
    const within = le(distance, add(absolute, mul(relative, abs(y))));
    const both = logicalAnd(ne(x, x), ne(y, y));
    return logicalOr(
      logicalOr(eq(x, y), logicalAnd(lt(distance, Infinity), within)),
      logicalAnd(equalNaN, both),
    );
  },
  5,
);

/**
 * Whether |x − y| ≤ absolute + relative·|y| for all elements, as a tensor of one truth value: nothing
 * is computed before it is read.
 * @example
 * await allClose(tensor([0.1, 1e9]), tensor([0.1, 1e9 + 64])).item(); // 1
 */
export function allClose(
  x: Tensor,
  y: Tensor,
  { relative = 1e-5, absolute = 1e-8, equalNaN = false }: Tolerance = {},
): Tensor {
  const [a, b] = promoted(
    "allClose",
    floating(nodeOf("allClose", x)),
    floating(nodeOf("allClose", y)),
  );
  const numbers = [relative, absolute, Number(equalNaN)];
  const operands = [a, b, ...numbers.map((n) => numberLeaf(n, b.dtype, b.recorder))];
  return new Tensor(all(map(close, operands, "allClose")));
}
