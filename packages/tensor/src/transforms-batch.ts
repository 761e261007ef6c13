/**
 * Module 2.21b — `vmap`: a function of one example, applied to many at once.
 *
 * The function is recorded on one example and batched by rule, so nothing loops: what was a
 * product of a vector and a matrix becomes a product of matrices. It composes with gradients both
 * ways round, and with itself.
 */
import { badValue, checkFunction, mismatch, TensorError } from "./errors.ts";
import { Examples } from "./graph/examples.ts";
import type { Node } from "./graph/node.ts";
import { permute } from "./operations/moves.ts";
import type { Device } from "./run/device.ts";
import { axisOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";
import { type AxisTree, mapWithAxes } from "./transforms-trees.ts";

/** The axis moved to another place; the rest keep their order. */
export function moveAxis(x: Node, from: number, to: number): Node {
  const order = x.shape.dims.map((_, k) => k).filter((k) => k !== from);
  order.splice(to, 0, from);
  return permute(x, order);
}

interface Mapped {
  readonly x: Node;
  readonly path: string;
}
/** How many examples there are. @throws where inputs disagree, or nothing is mapped. */
function countOf(mapped: readonly Mapped[]): number {
  const [first] = mapped;
  if (!first)
    throw badValue(
      "vmap",
      "no tensor is mapped over: give one an axis in inAxes, such as [0, null].",
    );
  const count = first.x.shape.dims[0] as number;
  const other = mapped.find(({ x }) => x.shape.dims[0] !== count);
  if (other)
    throw mismatch(
      "vmap",
      [first.x.shape.dims, other.x.shape.dims],
      `${first.path} has ${count} examples and ${other.path} has ${other.x.shape.dims[0]} ` +
        "(shapes with the mapped axis first); they must have equally many",
    );
  return count;
}

/** An assignment would have to choose one example's value. */
function refuseAssigns(examples: Examples, mapped: readonly Mapped[]): void {
  for (const device of new Set(mapped.map(({ x }) => x.recorder as Device)))
    for (const target of device.assigns) {
      if (!examples.has(target.node)) continue;
      device.assigns.delete(target);
      target.revert();
      throw new TensorError(
        "value",
        "vmap",
        "the function assigns a value of one example to a tensor outside. Return it instead, and " +
          "assign what is made of all examples.",
      );
    }
}

/**
 * The function applied along an axis of its arguments. `inAxes` says which: one for all, or a list
 * with one for each argument; null passes an argument to every example as it is, and a list or
 * record of axes reaches into an argument. Results are stacked along `outAxes`.
 *
 * A random draw inside is one draw, the same for every example; draws that differ are made outside
 * and mapped over, as in `vmap(f)(x, rand([64, 10]))`. Values of one example cannot be read.
 * @throws ShapeError if arguments have different numbers of examples, or no such axis.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * await vmap((row: Tensor) => row.mul(row).sum())(x).toArray(); // [5, 25]
 * const perSample = vmap(grad((w: Tensor, row: Tensor) => w.mul(row).sum()), [null, 0]);
 * await perSample(tensor([1, 1]), x).toArray(); // [[1, 2], [3, 4]]
 */
export function vmap<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  inAxes: AxisTree = 0,
  outAxes: AxisTree = 0,
): (...args: Args) => R {
  checkFunction("vmap", f);
  return (...args) => {
    if (Array.isArray(inAxes) && inAxes.length !== args.length)
      throw badValue(
        "vmap",
        `inAxes lists ${inAxes.length} axes and there are ${args.length} arguments.`,
      );
    const mapped: Mapped[] = [];
    mapWithAxes(
      "vmap",
      args,
      inAxes,
      (x, axis, path) => {
        if (axis === null) return;
        mapped.push({ x: moveAxis(x.node, axisOf("vmap", axis, x.shape), 0), path });
      },
      "arguments",
    );
    const examples = new Examples(countOf(mapped));
    let next = 0;
    const one = mapWithAxes(
      "vmap",
      args,
      inAxes,
      (x, axis) =>
        axis === null ? x : new Tensor(examples.placeholder((mapped[next++] as Mapped).x)),
      "arguments",
    ) as unknown as Args;
    let result: R;
    try {
      result = examples.record(() => f(...one));
    } finally {
      refuseAssigns(examples, mapped);
    }
    return mapWithAxes(
      "vmap",
      result,
      outAxes,
      (y, axis) => {
        if (axis === null) {
          if (examples.has(y.node))
            throw badValue(
              "vmap",
              "a result differs between examples: give it an axis in outAxes.",
            );
          return y;
        }
        const all = examples.batch(y.node);
        return new Tensor(moveAxis(all, 0, axisOf("vmap", axis, all.shape.dims)));
      },
      "",
    ) as R;
  };
}
