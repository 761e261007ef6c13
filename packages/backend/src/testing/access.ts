/**
 * Module 3.30 — Ways to get a value: the columns of a report.
 */
import type { Input, Kernel, Read, Shape } from "../kernel.ts";
import type { Trial } from "./trial.ts";

export type Access =
  | "contiguous"
  | "strided"
  | "reversed"
  | "broadcast"
  | "guarded"
  | "lookup"
  | "index"
  | "test"
  | "scalar";
/** In the order in which to make them work. */
export const accessNames: readonly Access[] = [
  "contiguous",
  "strided",
  "reversed",
  "broadcast",
  "guarded",
  "lookup",
  "index",
  "test",
  "scalar",
];

/** A read is one or several of these. */
function ofRead({ strides, guards, indirect }: Read, box: Shape): Access[] {
  const moving = strides.filter((_, axis) => (box[axis] ?? 1) > 1);
  const last = moving.findLast((stride) => stride !== 0) ?? 1;
  const found: readonly (readonly [Access, boolean])[] = [
    ["reversed", moving.some((stride) => stride < 0)],
    ["broadcast", moving.includes(0)],
    ["strided", Math.abs(last) !== 1],
    ["guarded", guards.length > 0],
    ["lookup", indirect !== undefined],
  ];
  const names = found.flatMap(([name, holds]) => (holds ? [name] : []));
  return names.length ? names : ["contiguous"];
}
const ofInput = (input: Input, box: Shape): Access[] =>
  input.kind === "read" ? ofRead(input, box) : [input.kind];

function ofKernel(kernel: Kernel): Access[] {
  if (kernel.kind === "argsort") return ofRead(kernel.input, [...kernel.outer, kernel.length]);
  const { outer, inputs } = kernel;
  if (kernel.kind === "scatter")
    return inputs.flatMap((x, k) => ofInput(x, k === kernel.base ? outer : kernel.inner));
  const inner = kernel.kind === "custom" ? [] : kernel.inner;
  return inputs.flatMap((x) => ofInput(x, [...outer, ...inner]));
}

/** The ways a trial's kernels get their values, each once. */
export const accessesOf = (trial: Trial): readonly Access[] => [
  ...new Set(trial.kernels.flatMap(ofKernel)),
];
