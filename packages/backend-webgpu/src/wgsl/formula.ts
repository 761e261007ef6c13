/**
 * Module 3.95 — From a formula to WGSL.
 *
 * A formula is first written in the primitives that have a row. A node that is used once becomes
 * part of the expression around it; one that is used twice, or lies deep, gets a name. Names known
 * from outside, as those of inputs, or of what a loop need not compute again, come in a scope.
 */
import { type Call, type Expr, lower, postorder, rowOf } from "@mt/operators";
import { apart } from "./joins.ts";
import { convert, rows, type Spelling } from "./primitives.ts";
import { literal, storageOf } from "./storage.ts";
import type { ModuleWriter } from "./writer.ts";

const hasRow = (primitive: string): boolean => primitive in rows;
const isConversion = ({ primitive }: Call): boolean =>
  primitive === "cast" || primitive === "promote";
const written = new WeakMap<Expr, Expr>();

/** The formula in primitives that have a row. */
export function lowered(e: Expr): Expr {
  const known = written.get(e) ?? lower(e, hasRow);
  written.set(e, known);
  return known;
}

/** What formulas may take as known, by node: text of a name or of a literal. */
export type Scope = Map<Expr, string>;

/** Expressions are nested no deeper: compilers bound it, and so do readers. */
const deepest = 6;

function callText(x: Call, args: readonly string[]): string {
  const last = x.args.at(-1) as Expr; // of `where` the first is the condition
  if (isConversion(x)) return convert(args[0] as string, last.dtype, x.dtype);
  const spelling = rows[x.primitive]?.[storageOf(last.dtype).lanes] as Spelling;
  const { narrow } = storageOf(x.dtype);
  const text = spelling(...apart(x, args));
  return narrow && !rowOf(x.primitive).exact ? narrow(text) : text;
}

/** Writes what formulas need; gives the texts of their values. */
export function emitFormulas(
  writer: ModuleWriter,
  formulas: readonly Expr[],
  scope: Scope,
): readonly string[] {
  const roots = formulas.map(lowered);
  const uses = new Map<Expr, number>();
  const count = (x: Expr): void => void uses.set(x, (uses.get(x) ?? 0) + 1);
  const order = unknownBelow(roots, scope);
  for (const x of order) if (x.kind === "call") x.args.forEach(count);
  roots.forEach(count);
  const depths = new Map<Expr, number>();
  const texts = new Map<Expr, string>();
  const text = (x: Expr): string => scope.get(x) ?? (texts.get(x) as string);
  for (const x of order) {
    if (x.kind === "arg") throw new Error(`argument ${x.index} has no value`);
    if (x.kind === "const") {
      scope.set(x, literal(x.value, x.dtype));
      continue;
    }
    const made = callText(x, x.args.map(text));
    const depth = 1 + Math.max(...x.args.map((a) => depths.get(a) ?? 0));
    if ((uses.get(x) ?? 0) > 1 || depth >= deepest) scope.set(x, writer.keep(made));
    else {
      texts.set(x, made);
      depths.set(x, depth);
    }
  }
  return roots.map(text);
}

/** Nodes below some formulas that the scope does not know, inputs first. */
function unknownBelow(roots: readonly Expr[], scope: Scope): Expr[] {
  const needed = new Set(roots.filter((x) => !scope.has(x)));
  const order = postorder(...roots);
  for (const x of order.toReversed())
    if (x.kind === "call" && needed.has(x))
      for (const a of x.args) if (!scope.has(a)) needed.add(a);
  return order.filter((x) => needed.has(x));
}

/** Names every part of the formulas that needs nothing but what the scope knows. */
export function emitKnown(writer: ModuleWriter, formulas: readonly Expr[], scope: Scope): void {
  const roots = formulas.map(lowered);
  const known = (x: Expr): boolean => scope.has(x) || x.kind === "const";
  const ready = new Set<Expr>();
  const tops = new Set<Expr>();
  for (const x of postorder(...roots)) {
    if (x.kind !== "call" || scope.has(x)) continue;
    if (!x.args.every((a) => known(a) || ready.has(a))) continue;
    ready.add(x);
    for (const a of x.args) tops.delete(a);
    tops.add(x);
  }
  for (const x of postorder(...roots)) // parts that something unknown uses
    if (x.kind === "call" && !ready.has(x)) for (const a of x.args) if (ready.has(a)) tops.add(a);
  for (const x of tops) {
    const [text] = emitFormulas(writer, [x], scope);
    if (!scope.has(x)) scope.set(x, writer.keep(text as string));
  }
}
