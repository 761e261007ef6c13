/** Module 3.49 — Laws of sorting, for devices that claim it. */
import { type DType, isFloat } from "@mt/operators";
import fc from "fast-check";
import type { ArgsortKernel, Read } from "../../kernel.ts";
import {
  chance,
  type Draw,
  drafted,
  drawInput,
  finished,
  integer,
  pick,
  size,
} from "../arbitrary.ts";
import { agree, agreeOn, claims, type Law, type Subject } from "../law.ts";
import type { Trial } from "../trial.ts";

/** One row of values, either way. */
function rowTrial(dtype: DType, values: readonly number[], descending: boolean): Trial {
  const kernel: ArgsortKernel = {
    kind: "argsort",
    outer: [],
    length: values.length,
    input: { kind: "read", slot: 0, dtype, offset: 0, strides: [1], guards: [], fill: 0 },
    slot: 1,
    descending,
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values },
      { role: "result", dtype: "i32", length: values.length + 1 },
    ],
    scalars: [],
  };
}

function drawSort(draw: Draw, known: readonly DType[]): Trial {
  const dtype = pick(draw, known);
  const outer = Array.from({ length: integer(draw, 0, 2) }, () => integer(draw, 0, 4));
  const length = pick(draw, [0, 1, 2, 3, 5, 8, 17]);
  const draft = drafted(draw, known, [...outer, length], []);
  drawInput(draft, pick(draw, ["strided", "guarded"]), [...outer, length], dtype);
  const slot = draft.slots.push({
    role: "result",
    dtype: "i32",
    length: size(outer) * length + 1,
  });
  return finished(draft, {
    kind: "argsort",
    outer,
    length,
    input: draft.inputs[0] as Read,
    slot: slot - 1,
    descending: chance(draw, 50),
  });
}

async function sorts(subject: Subject, dtype: DType, values: readonly number[]): Promise<void> {
  for (const descending of [false, true]) {
    const trial = rowTrial(dtype, values, descending);
    if (claims(subject.backend, trial)) await agree(subject, trial);
    else subject.account.declined(trial);
  }
}

export const sorting: readonly Law[] = [
  {
    name: "sorts rows of 0, 1, 2, 3, 17, 65, 1025 and 4099 values, both ways",
    check: async (subject) => {
      for (const dtype of subject.dtypes)
        for (const length of [0, 1, 2, 3, 17, 65, 1025, 4099]) {
          const value = (i: number): number => (i * 7919) % (dtype === "bool" ? 2 : 251);
          await sorts(
            subject,
            dtype,
            Array.from({ length }, (_, i) => value(i)),
          );
        }
    },
  },
  {
    name: "keeps the order of equal values, 0 and −0 among them, also descending",
    check: async (subject) => {
      for (const dtype of subject.dtypes) {
        const values = isFloat(dtype) ? [0, -0, 1, -0, 0, -1, 1] : [0, 0, 1, 0, 0, 1, 1];
        await sorts(subject, dtype, values);
        await sorts(
          subject,
          dtype,
          Array.from({ length: 129 }, (_, i) => Number(i % 5 === 0)),
        );
      }
    },
  },
  {
    name: "takes NaN for greater than everything, infinities included",
    check: async (subject) => {
      if (!subject.stated.specials) return subject.account.skipped();
      const values = [Number.NaN, 1, Infinity, Number.NaN, -Infinity, 0, Number.NaN, -1];
      for (const dtype of subject.dtypes.filter(isFloat)) await sorts(subject, dtype, values);
    },
  },
  {
    name: "sorts rows of any view, behind guards too",
    check: (subject) => agreeOn(subject, (known) => fc.gen().map((draw) => drawSort(draw, known))),
  },
];
