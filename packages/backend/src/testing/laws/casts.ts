/** Module 3.45 — Laws of conversion: every dtype to every other. */
import { argument, cast, type DType, dtypes, isFloat } from "@mt/operators";
import { elementwise } from "../elementwise.ts";
import { agree, type Law, type Subject } from "../law.ts";

const wholes = [
  ...[0, 1, -1, 2, 7, 127, 128, 255, 256, 257, -255, -256, 65543, -70000],
  ...[16777217, 33554435, -16777219, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 4294967167, 2 ** 32 - 1],
];
const fractions = [
  0.25, 0.5, 0.999, 1.5, 2.5, -0.25, -0.999, -1.5, 254.9, 255.4, -255.5, 8388607.5,
];
/** The last numbers on either side of what the integers hold, in f32. */
const edges = [2147483520, 2147483648, -2147483648, -2147483904, 4294967040, 4294967296];
const far = [300, -300, 3e9, -3e9, 5e9, 1e20, -1e20];

const holds =
  (dtype: DType) =>
  (x: number): boolean =>
    dtypes[dtype].lowest <= x && x <= dtypes[dtype].highest;

/** A law about conversions of some values, chosen by the dtypes from and to. */
const conversion = (
  name: string,
  values: (from: DType, to: DType, subject: Subject) => readonly number[],
): Law => ({
  name,
  check: async (subject) => {
    for (const from of subject.dtypes)
      for (const to of subject.dtypes) {
        const chosen = values(from, to, subject).filter((x) => Number.isNaN(x) || holds(from)(x));
        if (chosen.length === 0) continue;
        const body = cast(argument(0, from), to);
        await agree(subject, elementwise(body, [{ dtype: from, values: chosen }]));
      }
  },
});
const isWhole = (dtype: DType): boolean => dtypes[dtype].kind === "integer";

export const casts: readonly Law[] = [
  conversion("keeps numbers that both dtypes hold", (_, to) =>
    [0, 1, 2, 7, -1, -70000, 255, 65543].filter(holds(to)),
  ),
  conversion("rounds integers to the nearest float", (from, to) =>
    isWhole(from) && isFloat(to) ? wholes : [],
  ),
  conversion("wraps integers around, negative ones too", (from, to) =>
    isWhole(from) && isWhole(to) ? wholes : [],
  ),
  conversion("truncates floats toward zero and saturates", (from, to) =>
    isFloat(from) && isWhole(to) ? [...wholes, ...fractions, ...edges, ...far] : [],
  ),
  conversion("makes 0 of NaN, and the last integers of the infinities", (from, to, subject) => {
    if (!subject.stated.specials) subject.account.skipped();
    else if (isFloat(from) && isWhole(to)) return [Number.NaN, Infinity, -Infinity, -0];
    return [];
  }),
  conversion("makes bools of 0 and 1: whatever is not zero is 1, NaN as well", (_, to, subject) => {
    const nan = subject.stated.specials ? [Number.NaN, Infinity] : [];
    return to === "bool" ? [...wholes, ...fractions, -0, ...nan] : [];
  }),
];
