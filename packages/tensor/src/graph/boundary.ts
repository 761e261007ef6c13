/**
 * Module 2.8b — Boundaries: values whose derivatives are stated, not found.
 *
 * A boundary is a view of a computed value: it costs no kernel, and fuses as its value does. Its
 * other inputs are what the value depends on; its rules take cotangents and tangents between those
 * and itself, past everything in between. A rule that is absent is that of any view.
 */
import { isRecording } from "@mt/autodiff";
import { isFloat } from "@mt/operators";
import { moveOf } from "../views/move.ts";
import { GraphNode, type Node, type Rules } from "./node.ts";
import { note } from "./record.ts";

/** The first input, with rules for how it depends on the others. */
export function boundary(inputs: readonly Node[], rules: Rules): Node {
  const [value] = inputs as [Node];
  const { shape, dtype, recorder } = value;
  const needsGrad = isRecording() && isFloat(dtype) && inputs.some((x) => x.needsGrad);
  const by = moveOf("reshape", shape, shape.dims);
  return note(new GraphNode("move", by, shape, dtype, recorder, inputs, needsGrad, 0), rules);
}
