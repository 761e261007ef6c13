/**
 * Module 3.28 — A counterexample as code.
 *
 * What the laws find wrong is printed as a test that stands alone: the program as a literal, its
 * data as typed arrays, what must come out and what the device gave. The author pastes it, debugs
 * it, and keeps it.
 */
import { type DType, type Expr, isFloat, postorder } from "@mt/operators";
import type { Backend } from "../backend.ts";
import type { Comparison } from "./compare.ts";
import type { Allowance } from "./distance.ts";
import { arrayOf, contents, mark, programOf, type Trial, widthOf } from "./trial.ts";

const width = 96;
/** Calls this long are written on a line of their own. */
const longCall = 64;
const numberText = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** A formula node by node: nothing is typed or simplified again when it is made. */
function formulaText(formula: Expr, names: ReadonlyMap<Expr, string>): string {
  if (formula.kind === "arg") return `argument(${formula.index}, "${formula.dtype}")`;
  if (formula.kind === "const") return `constant(${numberText(formula.value)}, "${formula.dtype}")`;
  const args = formula.args.map((x) => names.get(x) ?? formulaText(x, names));
  return `node("${formula.primitive}", [${args.join(", ")}], "${formula.dtype}")`;
}

const isFormula = (x: object): x is Expr =>
  "kind" in x && (x.kind === "arg" || x.kind === "const" || x.kind === "call");

/** The formulas in any part of a program. */
function formulasOf(part: unknown): Expr[] {
  if (typeof part !== "object" || part === null) return [];
  return isFormula(part) ? [part] : Object.values(part).flatMap(formulasOf);
}

/** Gives names to calls that stand in formulas more than once or are long; the lines that do. */
function nameCalls(formulas: readonly Expr[], names: Map<Expr, string>): string[] {
  const uses = new Map<Expr, number>();
  const calls = postorder(...formulas).flatMap((x) => (x.kind === "call" ? [x] : []));
  for (const a of calls.flatMap((x) => x.args)) uses.set(a, (uses.get(a) ?? 0) + 1);
  return calls.flatMap((x) => {
    const text = formulaText(x, names);
    if ((uses.get(x) ?? 0) < 2 && text.length < longCall) return [];
    names.set(x, `t${names.size}`);
    return [`  const ${names.get(x)} = ${text};`];
  });
}

/** Any plain data as a literal, in one line if it fits. */
function literalText(part: unknown, names: ReadonlyMap<Expr, string>, indent: number): string {
  if (typeof part === "number") return numberText(part);
  if (typeof part !== "object" || part === null) return JSON.stringify(part);
  if (isFormula(part)) return names.get(part) ?? formulaText(part, names);
  const list = Array.isArray(part);
  const items = Object.entries(part).map(([key, value]) => {
    const text = literalText(value, names, indent + 2);
    return list ? text : `${key}: ${text}`;
  });
  const [open, close] = list ? ["[", "]"] : items.length ? ["{ ", " }"] : ["{", "}"];
  const line = `${open}${items.join(", ")}${close}`;
  if (!line.includes("\n") && indent + line.length < width) return line;
  const space = " ".repeat(indent);
  return `${open.trim()}\n${items.map((x) => `${space}  ${x},\n`).join("")}${space}${close.trim()}`;
}

function arrayText(values: readonly number[], dtype: DType, bytes: number): string {
  const { name } = arrayOf(dtype, bytes);
  const [first = 0] = values;
  if (values.length > 8 && values.every((x) => Object.is(x, first)))
    return `new ${name}(${values.length}).fill(${numberText(first)})`;
  return `${name}.of(${values.map(numberText).join(", ")})`;
}

function allowanceText(allowed: Allowance, dtype: DType): string {
  const { ulp, absolute, flushes } = allowed;
  if (!isFloat(dtype) || !(ulp || absolute || flushes)) return "";
  return `, ${literalText({ ulp, absolute, ...(flushes && { flushes }) }, new Map(), 2)}`;
}

/** The code of a test named `law` that fails on this device and not on the reference. */
export function snippet(
  backend: Backend,
  trial: Trial,
  { expected, found, thrown }: Comparison,
  allowed: Allowance,
  law: string,
): string {
  const program = programOf(trial, backend);
  const names = new Map<Expr, string>();
  const shared = nameCalls(formulasOf(program.kernels), names);
  const made = ["argument", "constant", "node"];
  const body = `${shared.join()}${literalText(program.kernels, names, 2)}`;
  const used = made.filter((name) => body.includes(`${name}(`));
  const data = trial.slots.map((slot, i) => {
    const note = slot.role === "result" ? `, to be written; ${mark} stays elsewhere` : "";
    const text = arrayText(contents(slot), slot.dtype, widthOf(backend, slot.dtype));
    return `    ${text}, // s${i}: ${slot.dtype}${note}`;
  });
  const results = trial.slots.flatMap((slot, i) => (slot.role === "result" ? [{ slot, i }] : []));
  const checks = results.flatMap(({ slot: { dtype }, i }, k) => {
    const bytes = widthOf(backend, dtype);
    const gave = found
      ? `gave ${arrayText(found[k] as number[], dtype, bytes)}`
      : `threw ${String(thrown).split("\n")[0]}`;
    const must = arrayText(expected[k] as number[], dtype, bytes);
    return [
      `  // "${backend.name}" ${gave}`,
      `  const s${i} = new ${arrayOf(dtype, bytes).name}((await backend.read(buffers[${i}]!)).slice().buffer);`,
      `  mustMatch(s${i}, ${must}, "${dtype}"${allowanceText(allowed, dtype)});`,
    ];
  });
  const numbers = trial.scalars.map(({ value }) => numberText(value)).join(", ");
  return [
    'import type { Program } from "@mt/backend";',
    'import { mustMatch } from "@mt/backend/testing";',
    ...(used.length ? [`import { ${used.join(", ")} } from "@mt/operators";`] : []),
    "",
    `it(${JSON.stringify(law)}, async () => {`,
    "  const backend = makeBackend(); // yours",
    ...shared,
    `  const program: Program = ${literalText(program, names, 2)};`,
    "  const data = [",
    ...data,
    "  ];",
    "  const buffers = data.map((values) => {",
    "    const buffer = backend.allocate(values.byteLength);",
    "    backend.write(buffer, new Uint8Array(values.buffer));",
    "    return buffer;",
    "  });",
    `  backend.compile(program).run(buffers, Float64Array.of(${numbers}));`,
    ...checks,
    "});",
  ].join("\n");
}
