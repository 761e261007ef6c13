/** Module 2.7f — Operations that are kernels of their own, and the one there is: sorting. */
import type { Read } from "@mt/backend";
import { type Dims, dims, Interner } from "../shape.ts";
import type { Custom } from "./attributes.ts";
import type { Node, NodeOf, Rules } from "./node.ts";
import { record } from "./record.ts";
import { repeated } from "./vmap.ts";

const orders = new Interner<Custom>();
const argsortOf = (from: Dims, descending: boolean): Custom =>
  orders.get(null, [from.id, Number(descending)], (id) => ({
    id,
    name: "argsort",
    shape: from,
    dtype: "i32",
    kernel: ([input], slot) => ({
      kind: "argsort",
      outer: from.dims.slice(0, -1),
      length: from.dims[from.rank - 1] as number,
      input: input as Read,
      slot,
      descending,
    }),
    batched: (count) => argsortOf(dims([count, ...from.dims]), descending),
  }));

/** An operation that is a kernel of its own; positions jump, so no derivative goes through it. */
const custom = (by: Custom, inputs: readonly Node[]): Node =>
  record("custom", by, by.shape, by.dtype, inputs, rules);
const rules: Rules = {
  batch: (node, batch) =>
    custom((node as NodeOf<"custom">).by.batched(batch.count), repeated(batch)),
};

/** Positions (i32) that put the last axis in order, on devices that sort. */
export const argsort = (x: Node, descending: boolean): Node =>
  custom(argsortOf(x.shape, descending), [x]);
