/** Module 2 — Steps of random programs: matrix products, convolutions, any contraction. */
import { isFloat } from "@mt/operators";
import { contract } from "../../src/graph/record.ts";
import { conv1d, conv2d, einsum, type Shape, Tensor } from "../../src/index.ts";
import { dims } from "../../src/shape.ts";
import { type Contraction, contraction } from "../../src/views/contraction.ts";
import { type Action, type Choices, sizeOf } from "../values.ts";

/** What contractions multiply: floats, and integers of 32 bits. */
const factor = (x: Tensor): Tensor =>
  isFloat(x.dtype) || x.dtype === "i32" || x.dtype === "u32" ? x : x.to("i32");

export const matmulStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0) return;
  const a = factor(x);
  const k = a.shape[a.rank - 1] as number;
  const way = c.below(3);
  if (way === 0) return p.add(a.rank > 1 ? a.matmul(a.transpose()) : a.matmul(a), bound ** 2 * k);
  const batch = a.shape.slice(0, -2).map((n) => (c.once(2) ? 1 : n));
  const shape = way === 1 ? [k] : [...batch.slice(c.below(batch.length + 1)), k, c.below(4) + 1];
  const b = p.leaf(c, shape, a.dtype);
  const turned = a.rank > 1 && b.rank > 1 && c.once(2);
  p.add(turned ? b.transpose().matmul(a.transpose()) : a.matmul(b), bound * 6 * k);
};

/** Labels, and for every axis of operands and result some linear form of them. */
export function randomContraction(c: Choices, operands: readonly Shape[]): Contraction {
  const extents = Array.from({ length: c.below(4) + 1 }, () => c.pick([2, 3, 1, 4, 5, 2, 3, 0]));
  const form = (): { offset: number; strides: number[] } => {
    const strides = extents.map(() => 0);
    for (let n = c.below(3); n >= 0; n--)
      strides[c.below(extents.length)] = c.pick([1, 1, 1, 2, -1, 3, -2]);
    return { offset: c.pick([0, 0, 0, -1, 1, 2, -2]), strides };
  };
  const shape = Array.from({ length: c.below(4) }, () => c.pick([3, 1, 5, 2, 4, 7]));
  return contraction({
    extents,
    operands: operands.map((o) => o.map(form)),
    shapes: operands.map((o) => dims(o)),
    out: shape.map(form),
    shape: dims(shape),
  });
}

export const contractionStep: Action = (p, c) => {
  const a = p.value(c);
  const two = !c.once(3);
  const other = p.value(c);
  const x = factor(a.x);
  const b = factor(other.x);
  const operands = two ? [x, b.dtype === x.dtype ? b : b.to(x.dtype)] : [x];
  if (operands.some((o) => o.rank > 5)) return;
  const by = randomContraction(
    c,
    operands.map((o) => o.shape),
  );
  const points = sizeOf(by.extents);
  const nodes = operands.map((o) => o.node);
  p.add(new Tensor(contract(by, nodes)), a.bound * (two ? other.bound : 1) * points);
};

/** Strided, padded, dilated, in groups: as many spatial axes as the value has room for. */
export const convolutionStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.size === 0) return;
  const spatial = x.rank >= 4 || c.once(3) ? 2 : 1;
  const rank = spatial + 2;
  const ones = new Array<number>(Math.max(0, rank - x.rank)).fill(1);
  const extra = Math.max(0, x.rank - rank);
  const batch = sizeOf(x.shape.slice(0, extra + 1));
  const shape = x.rank > rank ? [batch, ...x.shape.slice(extra + 1)] : [...ones, ...x.shape];
  const image = factor(x).reshape(shape);
  const [, channels, ...sizes] = shape as [number, number, ...number[]];
  const groups = c.pick([1, 1, channels, channels % 2 === 0 ? 2 : 1]);
  const [stride, padding, dilation] = [c.below(3) + 1, c.below(3), c.below(2) + 1];
  const kernel = sizes.map((n) =>
    Math.max(1, Math.min(c.below(3) + 1, Math.floor((n + 2 * padding - 1) / dilation) + 1)),
  );
  const w = p.leaf(c, [groups * (c.below(2) + 1), channels / groups, ...kernel], image.dtype);
  const y = (spatial === 2 ? conv2d : conv1d)(image, w, { stride, padding, dilation, groups });
  p.add(y, bound * 6 * (channels / groups) * sizeOf(kernel));
};

/** Products by labels: some summed, some kept, some on a diagonal. */
export const einsumStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank > 4) return;
  const a = factor(x);
  const labels = [..."ijkl"].slice(0, a.rank);
  // an axis as long as one before it may have the same label
  labels.forEach((_, k) => {
    const same = a.shape.indexOf(a.shape[k] as number);
    if (same < k && c.once(3)) labels[k] = labels[same] as string;
  });
  const sizeBy = new Map(labels.map((label, k) => [label, a.shape[k] as number]));
  const shared = [...sizeBy].filter(() => c.once(2));
  const own = c.once(2) ? [["z", c.below(3) + 1] as const] : [];
  const other = c.once(2) ? [...own, ...shared] : [...shared, ...own];
  const b = p.leaf(
    c,
    other.map(([, n]) => n),
    a.dtype,
  );
  const all = [...sizeBy.keys(), ...own.map(([label]) => label)];
  const out = all.filter(() => !c.once(3));
  if (c.once(2)) out.reverse();
  const right = other.map(([label]) => label).join("");
  const y = einsum(`${labels.join("")},${right}->${out.join("")}`, a, b);
  p.add(y, bound * 6 * Math.max(1, sizeOf([...sizeBy.values(), 3])));
};
