/**
 * Module 2.8b — Boundaries: values whose derivatives are stated, not found.
 *
 * A boundary is a view of a computed value: it costs no kernel, and fuses as its value does. Its
 * other inputs are what the value depends on; its rules take cotangents and tangents between those
 * and itself, past everything in between. A rule that is absent is that of any view.
 */
import { moveOf } from "../views/move.ts";
import type { Node, Rules } from "./node.ts";
import { record } from "./record.ts";

/** The first input, with rules for how it depends on the others. */
export function boundary(inputs: readonly Node[], rules: Rules): Node {
  const { shape, dtype } = inputs[0] as Node;
  return record("move", moveOf("reshape", shape, shape.dims), shape, dtype, inputs, rules);
}
