/** Module 3.44 — Laws of arithmetic: every primitive, rounding, and the special values. */
import {
  argument,
  call,
  cast,
  type DType,
  dtypes,
  type Expr,
  isFloat,
  primitives,
} from "@mt/operators";
import { compare } from "../compare.ts";
import { type Allowance, distance, exact, smallestNormal } from "../distance.ts";
import { type Column, elementwise, pairs } from "../elementwise.ts";
import { agree, type Law, type Subject } from "../law.ts";
import { runTrial, type Trial } from "../trial.ts";

const range = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * (i + 0.37)) / count);
const ordinary: Readonly<Record<"float" | "integer" | "bool", (dtype: DType) => number[]>> = {
  float: () => [
    ...range(-6, 6, 35),
    ...[0, 1, -1, 2, 0.5, -2.5, 3.5, 1e-3, -1e-3, 12.5, -12.5, 80, -80, 10000, -10000],
  ],
  integer: (dtype) => {
    const { lowest, highest } = dtypes[dtype];
    const values = [lowest, -70000, -7, -1, 0, 1, 2, 5, 31, 46341, highest - 1, highest];
    return values.filter((x) => lowest <= x && x <= highest);
  },
  bool: () => [0, 1],
};
const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 3e38, 0.5, 100, -100];

/** A primitive over arguments of a dtype; null where it is not defined for it. */
function formula(
  name: string,
  dtype: DType,
): { readonly body: Expr; readonly inputs: readonly DType[] } | null {
  const arity = primitives[name]?.arity ?? 1;
  const inputs = Array.from(
    { length: arity },
    (_, i): DType => (name === "where" && i === 0 ? "bool" : dtype),
  );
  try {
    const body = call(name, ...inputs.map((input, i) => argument(i, input)));
    return body.kind === "call" && body.args.every((x) => x.kind === "arg")
      ? { body, inputs }
      : null; // typing changed the dtype: it is another one's trial
  } catch {
    return null;
  }
}

/** A primitive where it is stated for, on the grid of `values`; null if there is nothing to ask. */
async function primitiveTrial(
  { stated, reference }: Subject,
  name: string,
  dtype: DType,
  values: readonly number[],
  keep: (result: number) => boolean = () => true,
): Promise<Trial | null> {
  const made = formula(name, dtype);
  if (made === null) return null;
  const { round } = dtypes[dtype];
  const column = values.map(round);
  const [x, y] = made.inputs.length === 1 ? [column, column] : pairs(column, column);
  const grid = made.inputs.map((input, i) =>
    input === "bool" ? x.map((v) => Number(v > 0)) : i === 0 ? x : y,
  );
  const { domain = () => true } = stated.accuracy[name] ?? {};
  const columns = (wanted: (i: number) => boolean): Column[] =>
    made.inputs.map((input, k) => ({
      dtype: input,
      values: (grid[k] as number[]).filter((_, i) => wanted(i)),
    }));
  const asked = (i: number): boolean => domain(...grid.map((column) => column[i] as number));
  const [results = []] = await runTrial(
    reference,
    elementwise(
      made.body,
      columns(() => true),
    ),
  );
  const chosen = columns((i) => asked(i) && keep(results[i] as number));
  return chosen[0]?.values.length ? elementwise(made.body, chosen) : null;
}

const allowed = ({ stated }: Subject, name: string): Allowance => {
  const { ulp = 0, absolute = 0 } = stated.accuracy[name] ?? {};
  return { ulp, absolute, flushes: stated.flushesSubnormals, stated: `accuracy.${name}` };
};

/** In the neighborhood of the smallest normal number. */
function tinyTrials(dtype: DType): Trial[] {
  const tiny = smallestNormal(dtype);
  const values = [0.25, 0.5, 0.75, 1, 1.5, -0.25, -0.75, -1.5].map((x) => x * tiny);
  const [x, y] = [argument(0, dtype), argument(1, dtype)];
  const halves = [call("mul", x, 0.5), call("mul", call("mul", x, 0.25), 0.5), call("div", x, 4)];
  const bodies = [...halves, call("add", x, y), call("sub", x, y), call("neg", x), call("abs", y)];
  const [left, right] = pairs(values, values);
  const columns = [left, right].map((column) => ({ dtype, values: column }));
  return bodies.map((body) => elementwise(body, columns));
}

/** a · b + c in two roundings, or in one (through f64, which holds the product of two f32). */
function multiplyAdd(): { readonly twice: Trial; readonly once: Trial } {
  const [a, b, c] = [0, 1, 2].map((i) => argument(i, "f32")) as [Expr, Expr, Expr];
  const values = range(0.1, 9, 200).map((x) => Math.fround(x * Math.PI));
  const products = values.map((x) => -Math.fround(x * x));
  const columns = [values, values, products].map((column) => ({
    dtype: "f32" as const,
    values: column,
  }));
  const [x, y, z] = [a, b, c].map((e) => cast(e, "f64")) as [Expr, Expr, Expr];
  return {
    twice: elementwise(call("add", call("mul", a, b), c), columns),
    once: elementwise(cast(call("add", call("mul", x, y), z), "f32"), columns),
  };
}

const each = async (
  subject: Subject,
  visit: (name: string, dtype: DType) => Promise<void>,
): Promise<void> => {
  for (const name of Object.keys(primitives))
    for (const dtype of subject.dtypes) await visit(name, dtype);
};

export const arithmetic: readonly Law[] = [
  {
    name: "computes every primitive in every dtype over ordinary values",
    check: (subject) =>
      each(subject, async (name, dtype) => {
        const values = ordinary[dtypes[dtype].kind](dtype);
        const trial = await primitiveTrial(subject, name, dtype, values, Number.isFinite);
        if (trial) await agree(subject, trial, allowed(subject, name));
      }),
  },
  {
    name: "computes every primitive at NaN, infinities, zeros and where results overflow",
    check: async (subject) => {
      if (!subject.stated.specials) return subject.account.skipped();
      await each(subject, async (name, dtype) => {
        if (!isFloat(dtype)) return;
        const trial = await primitiveTrial(subject, name, dtype, special);
        if (trial) await agree(subject, trial, allowed(subject, name));
      });
    },
  },
  {
    name: "keeps subnormal numbers, unless it states that it flushes them",
    check: async (subject) => {
      const { flushesSubnormals: flushes } = subject.stated;
      for (const dtype of subject.dtypes.filter(isFloat))
        for (const trial of tinyTrials(dtype))
          await agree(subject, trial, {
            ...exact,
            // both terms of a sum that is no subnormal number may be flushed on their way in
            absolute: flushes ? 2 * smallestNormal(dtype) : 0,
            stated: "flushesSubnormals",
          });
    },
  },
  {
    name: "rounds a · b before it adds c, unless it states that it contracts",
    check: async (subject) => {
      const { stated, reference, backend } = subject;
      const { twice, once } = multiplyAdd();
      const fused = await compare(reference, reference, once);
      const given = await compare(backend, reference, twice);
      const isFused = (given.found?.[0] ?? []).every(
        (x, i) => x === given.expected[0]?.[i] || x === fused.expected[0]?.[i],
      );
      const apart = (given.found?.[0] ?? []).map((x, i) =>
        distance(x, given.expected[0]?.[i] as number, "f32"),
      );
      if (stated.contractsMultiplyAdd && isFused && given.found)
        subject.account.passed(twice, Math.max(...apart));
      else await agree(subject, twice, { ...exact, stated: "contractsMultiplyAdd" });
    },
  },
];
