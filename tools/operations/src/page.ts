/** The page: tables of operators, dtypes and operations. */
import {
  type DType,
  dtypeNames,
  type Operator,
  operators,
  printDerivative,
  promote,
} from "@mt/operators";
import { kernelNames, type Measured, measure } from "./measure.ts";
import { operandTable } from "./operands.ts";
import { type Group, nameOf } from "./row.ts";
import { meaningOf, operatorMeanings } from "./sources.ts";
import { groups } from "./tables.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");
const withoutStop = (text: string): string => text.replace(/\.$/, "");
/** In lines of up to 105 characters. */
const wrapped = (text: string): string => text.replace(/(?=.{106})(.{1,105})\s/g, "$1\n");
const code = (text: string): string => `\`${text}\``;
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `loop`, and how many kernels each of the other measurements took. */
function costs({ alone, chained, backward, bare }: Measured): readonly string[] {
  return [
    kernelNames(alone),
    String(chained.length),
    backward ? kernelNames(backward) : "–",
    String(bare.length),
  ];
}
const measured = ["kernels", "in a chain", "backward", "bare"] as const;

/** Longer ones can be printed, and are not read. */
const longest = 150;
const shortened = (text: string): string =>
  text.length <= longest ? text : `${text.slice(0, longest)} …`;

function resultOf(operator: Operator, dtype: DType): string {
  try {
    return operator.at(...new Array<DType>(operator.arity).fill(dtype)).dtype;
  } catch {
    return "–";
  }
}

function operatorTable(): string {
  const known = operators as unknown as Readonly<Record<string, Operator>>;
  const rows = [...operatorMeanings]
    .filter(([name]) => Object.hasOwn(known, name))
    .map(([name, meaning]) => {
      const operator = known[name] as Operator;
      const { arity } = operator;
      const integer = resultOf(operator, "f32") === "–";
      const operands = ["x", "y", "z"].slice(0, arity);
      const cast = (x: string): string => (integer ? `${x}.to("i32")` : x);
      const [first, ...rest] = operands.map(cast);
      const partials = Array.from({ length: arity }, (_, i) => printDerivative(operator, i));
      const constant = partials.every((p) => p === "0");
      return [
        code(name),
        withoutStop(meaning),
        constant ? "0" : partials.map((p) => code(shortened(p))).join(", "),
        `${resultOf(operator, "f32")}, ${resultOf(operator, "i32")}`,
        ...costs(measure(`${first}.${name}(${rest.join(", ")})`)),
      ];
    });
  return table(["operator", "value", "derivative", "of f32, i32", ...measured], rows);
}

function promotions(): string {
  const rows = dtypeNames.map((a) => [
    `**${a}**`,
    ...dtypeNames.map((b) => promote(a, b) ?? "error"),
  ]);
  return table(["", ...dtypeNames], rows);
}

function groupTable({ title, about, rows }: Group): string {
  const lines = rows.map((row, k) => {
    const [call, shapes, derivative] = row;
    const found = measure(call);
    const before = rows[k - 1];
    const repeated = before !== undefined && nameOf(before) === nameOf(row);
    return [
      `${code(call)} → ${found.results.join(", ")}`,
      repeated ? "″" : withoutStop(meaningOf(nameOf(row)) ?? ""),
      shapes,
      derivative,
      ...costs(found),
    ];
  });
  const head = ["operation", "what it is", "shapes", "derivative", ...measured];
  return `## ${title}\n\n${wrapped(about)}\n\n${table(head, lines)}`;
}

const opening = `# Operations

Every operator and every operation of a tensor: what it is, how sizes follow, how gradients go back, and
the kernels that it becomes. \`npm run operations\` writes this page: meanings come from the docstrings,
derivatives of operators from their formulas, and kernels from a device that was asked to run the call and
kept a record.

- **derivative**: what a cotangent dy of the result becomes on its way back to the operands, in their order.
- **kernels**: what the call alone becomes, with its results read.
- **in a chain**: how many kernels there are if 1 is added to each operand before and to each result after; 1
  says that the operation fuses on both sides.
- **backward**: the kernels of its gradient by all float operands for a given dy; what they need of the way
  forward is among them.
- **bare**: how many kernels there are on a device that has only what it must have, \`loop\` and \`scatter\`.

${table(
  ["operands", ""],
  operandTable.map(([names, what]) => [names.replace(/\\w+/g, code), what]),
)}

\`explain\` says the same of a program of yours:

\`\`\`ts
import { explain, ones } from "@mt/tensor";

const plan = explain(ones([4, 6]).exp().sum(1).log());
plan.kernels.length; // 1
\`\`\``;

const operatorsAbout = `## Operators

Each is a function of numbers, a method of \`Scalar\` and \`Tensor\`, and one line of \`@mt/operators\`;
tensors broadcast. Derivatives are by the operands in order; \`0\` is a derivative that is zero wherever it
exists. The dtypes are those of the result for f32 and for i32.`;

const dtypesAbout = `## Dtypes

f16 is stored in two bytes, computed with in more and rounded after every primitive; its sums and contractions
are rounded once. Hosts without \`Float16Array\` (Node 22) have none of it.

Operands of two dtypes meet at the one that holds both. Numbers take the dtype of the tensor beside them; a
fraction beside integers is f32. \`to\` casts: floats to integers truncate and saturate, integers wrap
around, NaN is 0, and bool is "not zero".`;

/** The whole of \`docs/operations.md\`. */
export function page(): string {
  const parts = [
    opening,
    `${operatorsAbout}\n\n${operatorTable()}`,
    `${dtypesAbout}\n\n${promotions()}`,
    ...groups.map(groupTable),
  ];
  return `${parts.join("\n\n")}\n`;
}
