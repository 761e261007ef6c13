/**
 * Module 2.5 — The contraction.
 *
 * out[out(l)] += Π operands[of(l)] for every point l of a box of labels whose coordinates are all
 * in bounds, each coordinate a linear form of the labels. Matrix products, einsum and convolutions
 * are instances. So are their gradients: the adjoint exchanges the result and one operand.
 */
import type { Linear, Shape } from "@mt/backend";
import { type Dims, dims, Interner } from "../shape.ts";

export interface Contraction {
  readonly id: number;
  /** Extent of each label. */
  readonly extents: Shape;
  /** One or two operands: for each, a form per axis. */
  readonly operands: readonly (readonly Linear[])[];
  readonly shapes: readonly Dims[];
  readonly out: readonly Linear[];
  readonly shape: Dims;
}

const interned = new Interner<Contraction>();

/** The contraction, made once. */
export function contraction(spec: Omit<Contraction, "id">): Contraction {
  const forms = (list: readonly Linear[]): number[] =>
    list.flatMap((f) => [f.offset, ...f.strides]);
  const sequence = [
    spec.extents.length,
    ...spec.extents,
    spec.operands.length,
    ...spec.operands.flatMap((o, k) => [(spec.shapes[k] as Dims).id, ...forms(o)]),
    spec.shape.id,
    ...forms(spec.out),
  ];
  return interned.get(null, sequence, (id) => ({ id, ...spec }));
}

const adjoints = new Interner<Contraction>();

/** By operand k, over (cotangent, the other operand): result and operand k change places. */
export const adjointOf = (c: Contraction, k: number): Contraction =>
  adjoints.get([c.id, k], [], () => {
    const others = c.operands.map((_, i) => i).filter((i) => i !== k);
    return contraction({
      extents: c.extents,
      operands: [c.out, ...others.map((i) => c.operands[i] as readonly Linear[])],
      shapes: [c.shape, ...others.map((i) => c.shapes[i] as Dims)],
      out: c.operands[k] as readonly Linear[],
      shape: c.shapes[k] as Dims,
    });
  });

/** A contraction of axes by their labels; axes of one element stay at it where others have more. */
export const labelled = (
  sizes: Readonly<Record<string, number>>,
  operands: readonly (readonly string[])[],
  shapes: readonly Dims[],
  out: readonly string[],
): Contraction =>
  contractionOf(
    sizes,
    operands.map((labels, i) =>
      labels.map((l, k) => (shapes[i]?.dims[k] === sizes[l] ? l : { offset: 0 })),
    ),
    shapes,
    out,
    out.map((l) => sizes[l] as number),
  );

/** A coordinate: coefficients of labels by name, plus a constant. */
export type Coordinate = string | (Readonly<Record<string, number>> & { readonly offset?: number });

/**
 * A contraction by label names: `{ i: 2, k: 3 }` sizes the labels, each operand lists a coordinate
 * per axis, a name or a sum such as `{ y: stride, k: dilation, offset: -padding }`.
 */
export function contractionOf(
  labels: Readonly<Record<string, number>>,
  operands: readonly (readonly Coordinate[])[],
  shapes: readonly Dims[],
  out: readonly Coordinate[],
  shape: Shape,
): Contraction {
  const names = Object.keys(labels);
  const form = (coordinate: Coordinate): Linear => {
    const sum = typeof coordinate === "string" ? { [coordinate]: 1 } : coordinate;
    return { offset: sum.offset ?? 0, strides: names.map((name) => sum[name] ?? 0) };
  };
  return contraction({
    extents: names.map((name) => labels[name] as number),
    operands: operands.map((o) => o.map(form)),
    shapes,
    out: out.map(form),
    shape: dims(shape, "contract"),
  });
}
