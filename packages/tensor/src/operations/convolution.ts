/**
 * Module 4.1 — Convolution, as one contraction.
 *
 * out[b, f, y] = Σ x[b, c, stride·y + dilation·k − padding] · w[f, c, k]: each coordinate is a linear
 * form of the labels, and points outside the image count as zero. So padding costs nothing, and the
 * gradients are contractions again, with result and operand exchanged.
 */
import type { Shape } from "@mt/backend";
import { badValue, mismatch, show, wrongRank } from "../errors.ts";
import type { Node } from "../graph/node.ts";
import { contract, reshape } from "../graph/record.ts";
import { type Dims, dims, Interner } from "../shape.ts";
import { type Contraction, type Coordinate, contractionOf } from "../views/contraction.ts";
import { counting, promoted } from "./lift.ts";

/** One number for every spatial axis, or one for each. */
export type PerAxis = number | readonly number[];

export interface ConvolutionOptions {
  /** Step from one output to the next; default 1. */
  readonly stride?: PerAxis;
  /** Zeros around the image on both sides; default 0. */
  readonly padding?: PerAxis;
  /** Step from one weight to the next; default 1. */
  readonly dilation?: PerAxis;
  /** Channels in so many separate groups; default 1. */
  readonly groups?: number;
}

/** A whole number ≥ least for each of `count` axes. */
export function perAxis(
  operation: string,
  what: string,
  value: PerAxis,
  count: number,
  least: number,
): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(count).fill(value) : value;
  if (!Array.isArray(list) || list.length !== count)
    throw badValue(
      operation,
      `${what} ${Array.isArray(list) ? show(list) : String(list)} must be one number, or ${count}.`,
    );
  const wrong = list.find((n) => !(Number.isInteger(n) && n >= least));
  if (wrong !== undefined)
    throw badValue(operation, `${what} ${wrong} must be a whole number ≥ ${least}.`);
  return list;
}

const made = new Interner<Contraction>();

/** `[batch, channels, …]` by `[features, channels / groups, …]`, over `axes` spatial axes. */
export function convolution(
  operation: string,
  axes: number,
  x: Node,
  w: Node,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvolutionOptions,
): Node {
  const [image, weight] = promoted(operation, counting(x), counting(w));
  const s = perAxis(operation, "stride", stride, axes, 1);
  const p = perAxis(operation, "padding", padding, axes, 0);
  const d = perAxis(operation, "dilation", dilation, axes, 1);
  const by = made.get([image.shape.id, weight.shape.id], [axes, groups, ...s, ...p, ...d], () =>
    contractionFor(operation, axes, image.shape, weight.shape, { s, p, d, groups }),
  );
  if (groups === 1) return contract(by, [image, weight]);
  // groups are an axis of their own, so that they stay one beside those of channels and features
  const apart = (node: Node, axis: number): Node => {
    const size = node.shape.dims[axis] as number;
    return reshape(node, dims(node.shape.dims.toSpliced(axis, 1, groups, size / groups)));
  };
  const y = contract(by, [apart(image, 1), apart(weight, 0)]);
  return reshape(y, dims(y.shape.dims.toSpliced(1, 2, weight.shape.dims[0] as number)));
}

interface Steps {
  readonly s: readonly number[];
  readonly p: readonly number[];
  readonly d: readonly number[];
  readonly groups: number;
}

function contractionFor(
  operation: string,
  axes: number,
  x: Dims,
  w: Dims,
  { s, p, d, groups }: Steps,
): Contraction {
  checkChannels(operation, axes, x, w, groups);
  const [batch, , ...image] = x.dims as readonly [number, number, ...number[]];
  const [features, channels, ...kernel] = w.dims as readonly [number, number, ...number[]];
  const output = image.map((n, i) => {
    const reach = (d[i] as number) * ((kernel[i] as number) - 1) + 1;
    const padded = n + 2 * (p[i] as number);
    if (reach > padded)
      throw mismatch(
        operation,
        [x.dims, w.dims],
        `on spatial axis ${i} the kernel reaches over ${reach} elements (dilation ${d[i]}), and ` +
          `there are ${padded} with padding ${p[i]}: pad more, or use a smaller kernel`,
      );
    return Math.floor((padded - reach) / (s[i] as number)) + 1;
  });
  const f = features / groups;
  // g: group, f: feature in it, c: channel in it, y: output position, k: kernel position
  const g = groups > 1 ? ["g"] : [];
  const labels: Record<string, number> = { b: batch, ...(groups > 1 && { g: groups }), f };
  output.forEach((n, i) => {
    labels[`y${i}`] = n;
  });
  labels.c = channels;
  kernel.forEach((n, i) => {
    labels[`k${i}`] = n;
  });
  const position = (i: number): Coordinate => ({
    [`y${i}`]: s[i] as number,
    [`k${i}`]: d[i] as number,
    offset: -(p[i] as number),
  });
  return contractionOf(
    labels,
    [
      ["b", ...g, "c", ...image.map((_, i) => position(i))],
      [...g, "f", "c", ...kernel.map((_, i) => `k${i}`)],
    ],
    groups > 1
      ? [dims([batch, groups, channels, ...image]), dims([groups, f, channels, ...kernel])]
      : [x, w],
    ["b", ...g, "f", ...output.map((_, i) => `y${i}`)],
    [batch, ...(groups > 1 ? [groups] : []), f, ...output],
  );
}

function checkChannels(operation: string, axes: number, x: Dims, w: Dims, groups: number): void {
  const spatial = ["length", "height, width", "depth, height, width"][axes - 1];
  const expect = (shape: Shape, form: string): void => {
    if (shape.length !== axes + 2) throw wrongRank(operation, shape, `it takes ${form}`);
  };
  expect(x.dims, `[batch, channels, ${spatial}]`);
  expect(w.dims, `weights [features, channels / groups, ${spatial}]`);
  const [, channels] = x.dims as readonly [number, number];
  const [features, perGroup] = w.dims as readonly [number, number];
  if (!(Number.isInteger(groups) && groups >= 1))
    throw badValue(operation, `groups ${groups} must be a whole number ≥ 1.`);
  if (perGroup * groups !== channels)
    throw mismatch(
      operation,
      [x.dims, w.dims],
      `the image has ${channels} channels, and the weights take ${perGroup}` +
        `${groups > 1 ? ` in each of ${groups} groups` : ""}`,
    );
  if (features % groups !== 0)
    throw mismatch(operation, [w.dims], `${features} features do not divide into ${groups} groups`);
}
