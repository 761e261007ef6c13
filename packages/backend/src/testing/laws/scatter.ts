/** Module 3.30 — Laws of scattering. */
import { argument, call, type DType, dtypes } from "@mt/operators";
import fc from "fast-check";
import type { Combine, ScatterKernel } from "../../kernel.ts";
import { type Draw, exactValues, integer, pick, rowMajor, size } from "../arbitrary.ts";
import { agreeOn, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";

/** Rows of a table replaced or added to, at positions of which some collide and some are outside. */
function drawScatter(draw: Draw, names: readonly string[], known: readonly DType[]): Trial {
  const dtype = pick(draw, known);
  const name = dtype === "bool" ? "set" : pick(draw, names);
  const [rows, columns] = [integer(draw, 0, 7), integer(draw, 1, 5)];
  const updates = integer(draw, 0, 12);
  const outer = [rows, columns];
  const inner = [updates, columns];
  const combine = (): Combine => ({
    name,
    combine: call(name, argument(0, dtype), argument(1, dtype)),
    identity: name === "add" ? 0 : name === "max" ? dtypes[dtype].lowest : dtypes[dtype].highest,
  });
  const positions = exactValues(draw, "i32", updates).map((x) => (((x % 9) + 9) % 9) - 1);
  const shift = integer(draw, 0, 2);
  const plain = { offset: 0, guards: [], fill: 0, kind: "read" } as const;
  const x = argument(2, dtype);
  const kernel: ScatterKernel = {
    kind: "scatter",
    outer,
    inner,
    inputs: [
      { ...plain, slot: 0, dtype, strides: rowMajor(outer) },
      { ...plain, slot: 1, dtype: "i32", strides: [1, 0] },
      { ...plain, slot: 2, dtype, strides: rowMajor(inner) },
    ],
    base: 0,
    at: 1,
    stride: columns,
    extent: rows,
    monoid: name === "set" ? "set" : combine(),
    value: dtype === "bool" ? call("not", x) : call("add", x, 1),
    target: { offset: shift, strides: [0, 1] },
    store: { slot: 3, dtype, offset: shift, strides: rowMajor(outer) },
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, size(outer)) },
      { role: "argument", dtype: "i32", values: positions },
      { role: "argument", dtype, values: exactValues(draw, dtype, size(inner)) },
      { role: "result", dtype, length: size(outer) + 3 },
    ],
    scalars: [],
  };
}

const scatterLaw = (name: string, monoids: readonly string[]): Law => ({
  name,
  check: (subject) =>
    agreeOn(
      subject,
      fc.gen().map((draw) => drawScatter(draw, monoids, subject.dtypes)),
    ),
});

export const scatters: readonly Law[] = [
  scatterLaw("scatters by set: the last update of a place wins, those outside are dropped", [
    "set",
  ]),
  scatterLaw("scatters by add, max and min: updates of one place combine", ["add", "max", "min"]),
];
