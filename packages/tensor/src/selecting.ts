/**
 * Module 2.22a — Selecting by value: results whose size nobody knows before they are computed.
 *
 * So the size is stated. A running sum counts what is found and says where each goes; what is found
 * beyond the size is left out, and places for which nothing is found are filled.
 */
import { noGrad } from "@mt/autodiff";
import {
  eq,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  minimum,
  monoids,
  ne,
  type Operator,
  sub,
  ternary,
  where,
} from "@mt/operators";
import { badValue } from "./errors.ts";
import { gather, scatter } from "./graph/gathering.ts";
import type { Node } from "./graph/node.ts";
import { cast, expand, iota, map, numberLeaf, reshape } from "./graph/record.ts";
import { shifted } from "./graph/running.ts";
import { slice } from "./operations/moves.ts";
import { cumsum } from "./operations/running.ts";
import { argsort } from "./operations/sorting.ts";
import { broadcast, type Dims, dims } from "./shape.ts";
import { nodeOf, Tensor } from "./tensor.ts";

export interface SelectOptions {
  /** Elements of the result, whatever is found. */
  readonly size: number;
  /** What stands where nothing is found, at the dtype of the elements; 0 without. */
  readonly fill?: number;
}

/** For programs without types: an error that says what is missing. */
const unsized = {} as SelectOptions;

/** Where an element goes that is the nth found: all others go to one place more, which is cut off. */
const placeOf: Operator<3> = ternary("place", (found, nth, size) =>
  where(logicalAnd(found, le(nth, size)), sub(nth, 1), size),
);

/** Of a vector of truth values, where the first `size` true ones stand, and how many up to each. */
class Found {
  /** `[size]`, i32; 0 where nothing is found. */
  readonly at: Node;
  /** `[n]`, i32: true ones up to each element, itself included. */
  readonly nth: Node;
  /** `[size]`, bool. */
  readonly some: Node;
  readonly #size: number;

  constructor(operation: string, found: Node, size: number) {
    if (!(Number.isInteger(size) && size >= 0))
      throw badValue(operation, `size ${String(size)} must be a whole number ≥ 0.`);
    const n = found.shape.size;
    this.#size = size;
    this.nth = cumsum(cast(found, "i32"), 0);
    const place = map(placeOf, [found, this.nth, this.number(size)]);
    this.at = this.put(null, place, iota(dims([n]), "i32", found.recorder));
    const count = n === 0 ? this.number(0) : slice(this.nth, n - 1);
    this.some = map(lt, [iota(dims([size]), "i32", found.recorder), count]);
  }

  number(value: number): Node {
    return numberLeaf(value, "i32", this.nth.recorder);
  }
  /** Values at places from 0 to `size`, the last of which is cut off. */
  put(monoid: typeof monoids.sum | null, place: Node, values: Node): Node {
    const base = expand(this.number(0), dims([this.#size + 1]));
    return slice(scatter(monoid, base, place, values, 0), { end: this.#size });
  }
  /** Elements of a vector at positions of what was found, and the filling. */
  of(x: Node, at: Node, fill: number): Node {
    const other = numberLeaf(fill, x.dtype, x.recorder);
    return map(where as Operator, [this.some, gather(x, at, 0), other]);
  }
}

const flat = (x: Node, to: Dims): Node => reshape(expand(x, to), dims([to.size]));

/**
 * The elements at which a mask is not zero, in row-major order: the first `size` of them, then
 * `fill`. Both broadcast. How many there are is `mask.sum()`.
 * @throws TensorError without a size; ShapeError if the shapes do not broadcast.
 * @example
 * const x = tensor([5, -1, 7]);
 * await maskedSelect(x, x.gt(0), { size: 4, fill: -9 }).toArray(); // [5, 7, -9, -9]
 */
export function maskedSelect(
  x: Tensor,
  mask: Tensor,
  { size, fill = 0 }: SelectOptions = unsized,
): Tensor {
  const name = "maskedSelect";
  const to = broadcast(name, nodeOf(name, x).shape, nodeOf(name, mask).shape);
  const found = noGrad(() => new Found(name, flat(cast(mask.node, "bool"), to), size));
  return new Tensor(found.of(flat(x.node, to), found.at, fill));
}

export interface Unique {
  /** `[size]`: each value once, in order. */
  readonly values: Tensor;
  /** `[size]`, i32: how often it occurs; 0 behind the last one. */
  readonly counts: Tensor;
  /** In the shape of x, i32: where in `values` each element is. */
  readonly inverse: Tensor;
}

/** Whether x is another value than the one before it, or the first; NaN is one value. */
const differs: Operator<3> = ternary("differs", (x, before, first) =>
  logicalOr(first, logicalNot(logicalOr(eq(x, before), logicalAnd(ne(x, x), ne(before, before))))),
);

/**
 * The different values among all elements, in order: the first `size` of them, then `fill`. Beside
 * them, how often each occurs, and where each element is among them (beyond `size` if it is left
 * out); these cost nothing unless they are used.
 * @throws TensorError without a size.
 * @example
 * const { values, counts, inverse } = unique(tensor([3, 1, 3]), { size: 3 });
 * await values.toArray(); // [1, 3, 0]
 * await counts.toArray(); // [1, 2, 0]
 * await inverse.toArray(); // [1, 0, 1]
 */
export function unique(input: Tensor, { size, fill = 0 }: SelectOptions = unsized): Unique {
  const name = "unique";
  const x = flat(nodeOf(name, input), input.node.shape);
  const n = x.shape.size;
  const parts = noGrad(() => {
    const order = argsort(x, 0, false);
    const sorted = gather(x, order, 0);
    const before = n === 0 ? sorted : shifted(sorted, 0, 1, 0);
    const index = iota(x.shape, "i32", x.recorder);
    const first = map(eq, [index, numberLeaf(0, "i32", x.recorder)]);
    const found = new Found(name, map(differs, [sorted, before, first]), size);
    const rank = map(sub, [found.nth, found.number(1)]);
    const one = expand(found.number(1), x.shape);
    const counts = found.put(monoids.sum, map(minimum, [rank, found.number(size)]), one);
    const zeros = expand(found.number(0), x.shape);
    const inverse = reshape(scatter(null, zeros, order, rank, 0), input.node.shape);
    return { found, at: gather(order, found.at, 0), counts, inverse };
  });
  // whoever does not read them does not pay for them
  parts.counts.consumed = true;
  parts.inverse.consumed = true;
  return {
    values: new Tensor(parts.found.of(x, parts.at, fill)),
    counts: new Tensor(parts.counts),
    inverse: new Tensor(parts.inverse),
  };
}
