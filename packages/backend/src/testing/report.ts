/**
 * Module 3.50 — What a device can do, in two tables: laws by element type, laws by access.
 */
import { type DType, dtypeNames } from "@mt/operators";
import { type Access, accessNames } from "./access.ts";
import type { Cell, Outcome } from "./account.ts";

/** What came of one law. */
export interface LawReport {
  readonly chapter: string;
  readonly law: string;
  /** All of its trials together. */
  readonly whole: Cell;
  /** By the dtypes of the slots that a trial reads and stores; a mistake, by that of the result. */
  readonly dtypes: { readonly [D in DType]?: Cell };
  readonly accesses: { readonly [A in Access]?: Cell };
}
/** A law that a device breaks, once for each mistake that was found. */
export interface Failure {
  readonly chapter: string;
  readonly law: string;
  readonly error: unknown;
}
export interface Report {
  readonly backend: string;
  readonly laws: readonly LawReport[];
  readonly failures: readonly Failure[];
  /** Element types the device knows and nothing can be said about. */
  readonly untested: readonly DType[];
}

const words: { readonly [O in Outcome]: (cell: Cell) => string } = {
  passed: () => "ok",
  tolerated: ({ ulp }) => (ulp < 100 ? ulp.toPrecision(2) : ulp.toExponential(0)),
  "not claimed": () => "–",
  failed: () => "FAIL",
  "not run": () => "",
};
const cellText = (cell: Cell | undefined): string => (cell ? words[cell.outcome](cell) : "");

/** A row for each law, which stands at its end: cells are short and laws are sentences. */
function table(
  laws: readonly LawReport[],
  columns: readonly string[],
  cell: (law: LawReport, column: string) => Cell | undefined,
): string[] {
  const widths = columns.map((name) => Math.max(name.length, 6) + 1);
  const row = (cells: readonly string[], end: string): string =>
    `${cells.map((text, i) => text.padStart(widths[i] as number)).join("")}  ${end}`.trimEnd();
  const lines: string[] = [];
  let chapter = "";
  for (const law of laws) {
    if (law.chapter !== chapter) {
      chapter = law.chapter;
      lines.push("", row(columns, chapter.toUpperCase()));
    }
    const cells = columns.map((column) => cellText(cell(law, column)));
    lines.push(row(cells, law.law));
  }
  return lines;
}

/**
 * The report as text. A number is the largest error that was tolerated, in units of the last place.
 * @example
 * const nothing = { laws: [], failures: [], untested: [] };
 * reportText({ backend: "mine", ...nothing }).split("\n")[0]; // "\"mine\": 0 of 0 laws hold"
 */
export function reportText({ backend, laws, failures, untested }: Report): string {
  const run = laws.filter(({ whole }) => whole.outcome !== "not run");
  const asked = run.filter(({ whole }) => whole.outcome !== "not claimed");
  const broken = new Set(failures.map(({ law }) => law));
  const dtypes = dtypeNames.filter((dtype) => run.some((law) => law.dtypes[dtype]));
  const accesses = accessNames.filter((access) => run.some((law) => law.accesses[access]));
  const reading = run.filter((law) => Object.keys(law.accesses).length > 0);
  return [
    `"${backend}": ${asked.length - broken.size} of ${asked.length} laws hold`,
    ...table(run, ["all", ...dtypes], (law, column) =>
      column === "all" ? law.whole : law.dtypes[column as DType],
    ),
    "",
    "The same by the ways in which inputs are read:",
    ...table(reading, accesses, (law, column) => law.accesses[column as Access]),
    "",
    "ok: to the bit; a number: the largest error tolerated, in ulp; –: not claimed; FAIL: wrong.",
    ...untested.map((dtype) => `${dtype} is not tested: the reference device does not know it.`),
  ].join("\n");
}
