/**
 * Module 3.100 — Formulas told in comments, so that a line of WGSL can be traced to where it is from.
 */
import { type Expr, postorder, print, walk } from "@mt/operators";
import type { ModuleWriter } from "../wgsl/writer.ts";

/** Longer formulas read better in the kernel's own text, where what is shared has a name. */
const longest = 40;

/** The formula as mathematics over x0, x1, … and the folds' results f0, f1, … */
export function tell(writer: ModuleWriter, before: string, formula: Expr, inputs: number): void {
  const size = walk<number>(formula, (_, parts) => parts.reduce((sum, n) => sum + n, 1));
  if (size > longest) return;
  const used = postorder(formula).flatMap((x) => (x.kind === "arg" ? [x.index] : []));
  const names = Array.from({ length: Math.max(-1, ...used) + 1 }, (_, i) =>
    i < inputs ? `x${i}` : `f${i - inputs}`,
  );
  writer.comment(before + print(formula, names));
}
