/** Module 3.48 — Laws of running folds, for devices that claim them. */
import { argument, type DType, type Expr } from "@mt/operators";
import fc from "fast-check";
import type { Combine, PrefixKernel } from "../../kernel.ts";
import {
  chance,
  clampTo,
  type Draw,
  drafted,
  drawBox,
  drawFold,
  drawFormula,
  drawInput,
  drawStore,
  finished,
  inputKinds,
  integer,
  pick,
} from "../arbitrary.ts";
import { agree, agreeOn, claims, type Law } from "../law.ts";
import type { Trial } from "../trial.ts";
import { foldable, monoidsOf, plainValues } from "./folds.ts";

/** Rows folded as they go; the last value stored apart. */
function rowsTrial(monoid: Combine, dtype: DType, rows: number, length: number): Trial {
  const total = argument(1, dtype);
  const kernel: PrefixKernel = {
    kind: "prefix",
    outer: [rows],
    inner: [length],
    inputs: [
      { kind: "read", slot: 0, dtype, offset: 0, strides: [length, 1], guards: [], fill: 0 },
    ],
    fold: { monoid, body: foldable(monoid, dtype) },
    stores: [
      { slot: 1, dtype, inside: true, offset: 0, strides: [length, 1], body: total },
      { slot: 2, dtype, inside: false, offset: 0, strides: [1], body: total },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: plainValues(rows * length, dtype) },
      { role: "result", dtype, length: rows * length + 1 },
      { role: "result", dtype, length: rows },
    ],
    scalars: [],
  };
}

/** Any fold along any box, stored as it goes, with a formula beside it and at the end. */
function drawPrefix(draw: Draw, known: readonly DType[]): Trial {
  const outer = drawBox(draw, 2);
  const inner = Array.from({ length: integer(draw, 1, 2) }, () => integer(draw, 0, 6));
  const draft = drafted(draw, known, outer, inner);
  const input = (): Expr =>
    drawInput(draft, pick(draw, inputKinds), [...outer, ...inner], pick(draw, known));
  const from = Array.from({ length: integer(draw, 1, 2) }, input);
  const fold = drawFold(draw, from, pick(draw, known));
  const total = argument(draft.inputs.length, fold.body.dtype);
  const stores = [drawStore(draft, true, total)];
  const beside = [...from, clampTo(total, 16)];
  if (chance(draw, 50)) stores.push(drawStore(draft, false, total));
  if (chance(draw, 50))
    stores.push(drawStore(draft, true, drawFormula(draw, beside, pick(draw, known))));
  return finished(draft, { kind: "prefix", outer, inner, inputs: draft.inputs, fold, stores });
}

const lengthsLaw = (name: string, sizes: readonly (readonly [number, number])[]): Law => ({
  name,
  check: async (subject) => {
    for (const dtype of subject.dtypes)
      for (const monoid of monoidsOf(dtype))
        for (const [rows, length] of sizes) {
          const trial = rowsTrial(monoid, dtype, rows, length);
          if (claims(subject.backend, trial)) await agree(subject, trial);
          else subject.account.declined(trial);
        }
  },
});

export const prefixes: readonly Law[] = [
  lengthsLaw("keeps running folds by every monoid in every dtype", [
    [3, 1],
    [2, 17],
    [1, 65],
  ]),
  lengthsLaw("folds nothing, and no rows, to the identity", [
    [3, 0],
    [0, 5],
  ]),
  lengthsLaw("keeps long running folds", [[2, 4099]]),
  {
    name: "runs along boxes of any access, with stores inside and after",
    check: (subject) =>
      agreeOn(subject, (known) => fc.gen().map((draw) => drawPrefix(draw, known))),
  },
];
