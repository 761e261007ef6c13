/** Module 3.32 — Laws of arithmetic: every primitive, rounding, and the special values. */
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
import type { LoopKernel } from "../../kernel.ts";
import { agree, type Law, type Subject } from "../law.ts";
import { exact, runTrial, type Tolerance, type Trial } from "../trial.ts";

/** A formula of up to three arguments at every triple of aligned values. */
function mapTrial(
  body: Expr,
  columns: readonly { dtype: DType; values: readonly number[] }[],
): Trial {
  const length = columns[0]?.values.length ?? 0;
  const line = { offset: 0, strides: [1] };
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [length],
    inner: [],
    inputs: columns.map(({ dtype }, slot) => ({
      kind: "read",
      slot,
      dtype,
      ...line,
      guards: [],
      fill: 0,
    })),
    folds: [],
    stores: [{ slot: columns.length, dtype: body.dtype, inside: false, ...line, body }],
  };
  return {
    kernels: [kernel],
    slots: [
      ...columns.map(({ dtype, values }) => ({ role: "argument", dtype, values }) as const),
      { role: "result", dtype: body.dtype, length },
    ],
    scalars: [],
  };
}

/** Every pair of values, as two columns. */
function pairs(x: readonly number[], y: readonly number[]): [number[], number[]] {
  return [x.flatMap((a) => y.map(() => a)), x.flatMap(() => y)];
}

const range = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * (i + 0.37)) / count);
const ordinary: Readonly<Record<"float" | "integer" | "bool", (dtype: DType) => number[]>> = {
  float: () => [...range(-6, 6, 41), 0, 1, -1, 2, 0.5, -2.5, 3.5],
  integer: (dtype) =>
    dtypes[dtype].lowest < 0 ? [-70000, -7, -1, 0, 1, 2, 5, 31, 46341] : [0, 1, 2, 5, 31, 200],
  bool: () => [0, 1],
};
/** Where a base is negative, few devices give pow a meaning. */
const domains: Readonly<Record<string, (x: number) => boolean>> = { pow: (x) => x > 0 };
const special = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  1e-40,
  -1e-40,
  3e38,
  0.5,
  100,
  -100,
];

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

/** The trial of a primitive on the grid of `values`. */
function primitiveTrial(name: string, dtype: DType, values: readonly number[]): Trial | null {
  const made = formula(name, dtype);
  if (made === null) return null;
  const inside = domains[name] ?? (() => true);
  const [x, y] = pairs(values.filter(inside), values);
  const columns = made.inputs.map((input, i) => ({
    dtype: input,
    values: input === "bool" ? x.map((v) => Number(v > 0)) : i === 0 ? x : y,
  }));
  return mapTrial(made.body, columns);
}

/** Ordinary results only: where the reference is not finite, any answer will do. */
async function agreeWhereFinite(subject: Subject, trial: Trial, allowed: Tolerance): Promise<void> {
  const [expected = []] = await runTrial(subject.reference, trial);
  const keep = expected.map((x) => Number.isFinite(x));
  const columns = trial.slots.flatMap((slot) =>
    slot.role === "argument"
      ? [{ dtype: slot.dtype, values: slot.values.filter((_, i) => keep[i]) }]
      : [],
  );
  const [kernel] = trial.kernels as readonly LoopKernel[];
  await agree(subject, mapTrial(kernel?.stores[0]?.body as Expr, columns), allowed);
}

const each = (
  check: (subject: Subject, name: string, dtype: DType) => Promise<void>,
): Law["check"] => {
  return async (subject) => {
    for (const name of Object.keys(primitives))
      for (const dtype of subject.dtypes) await check(subject, name, dtype);
  };
};

/** A sum of products with rounding errors to speak of. */
function sumTrial(length: number): Trial {
  const values = Array.from({ length: length * 2 }, (_, i) => Math.sin(i * 12.9898) * 43.75);
  const x = argument(0, "f32");
  const y = argument(1, "f32");
  const line = { kind: "read", slot: 0, dtype: "f32", guards: [], fill: 0 } as const;
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [2],
    inner: [length],
    inputs: [
      { ...line, offset: 0, strides: [length, 1] },
      { ...line, offset: length - 1, strides: [0, -1] },
    ],
    folds: [
      {
        monoid: { name: "add", combine: call("add", x, y), identity: 0 },
        body: call("mul", x, y),
      },
    ],
    stores: [
      { slot: 1, dtype: "f32", inside: false, offset: 0, strides: [1], body: argument(2, "f32") },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values },
      { role: "result", dtype: "f32", length: 2 },
    ],
    scalars: [],
  };
}

export const numbers: readonly Law[] = [
  {
    name: "computes every primitive in every dtype over ordinary values",
    check: each(async (subject, name, dtype) => {
      const trial = primitiveTrial(name, dtype, ordinary[dtypes[dtype].kind](dtype));
      if (trial) await agreeWhereFinite(subject, trial, subject.tolerance);
    }),
  },
  {
    name: "computes every primitive at NaN, infinities, zeros and subnormals",
    check: async (subject) => {
      if (!subject.specials) return;
      await each(async (_, name, dtype) => {
        if (!isFloat(dtype)) return;
        const trial = primitiveTrial(name, dtype, special);
        if (trial) await agree(subject, trial, subject.tolerance);
      })(subject);
    },
  },
  {
    name: "converts every dtype to every other: floats truncate and saturate, integers wrap",
    check: async (subject) => {
      for (const from of subject.dtypes)
        for (const to of subject.dtypes) {
          const body = cast(argument(0, from), to);
          const plain = ordinary[dtypes[from].kind](from);
          const far = isFloat(from) ? [300, -300, 3e9, -3e9, 1e20] : [];
          const values = [...plain, ...far, ...(isFloat(from) && subject.specials ? special : [])];
          await agree(subject, mapTrial(body, [{ dtype: from, values }]), exact);
        }
    },
  },
  {
    name: "sums with little rounding",
    check: async (subject) => {
      for (const length of [17, 1025, 20000]) {
        const { relative, absolute } = subject.tolerance;
        const spread = { relative, absolute: absolute * length * 2000 }; // terms reach 2000
        await agree(subject, sumTrial(length), spread);
      }
    },
  },
];
