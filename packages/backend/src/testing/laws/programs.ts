/** Module 3.37 — Laws of programs: kernels in order, temporaries, runs. */
import { argument, call, type DType, type Expr } from "@mt/operators";
import type { Backend, Buffer } from "../../backend.ts";
import type { LoopKernel } from "../../kernel.ts";
import type { Program, Slot } from "../../program.ts";
import { direct, type Law, must, type Subject } from "../law.ts";
import { decode, encode } from "../trial.ts";

const length = 5;
const x = argument(0, "f32");

/** slot `to` = body of slot `from` (argument 0) and a scalar (argument 1). */
export function step(from: number, to: number, body: Expr, dtype: DType = "f32"): LoopKernel {
  const line = { offset: 0, strides: [1] };
  return {
    kind: "loop",
    outer: [length],
    inner: [],
    inputs: [
      { kind: "read", slot: from, dtype, ...line, guards: [], fill: 0 },
      { kind: "scalar", index: 0, dtype },
    ],
    folds: [],
    stores: [{ slot: to, dtype, inside: false, ...line, body }],
  };
}
export const plusScalar: Expr = call("add", x, argument(1, "f32"));
const twice = call("mul", x, 2);

/** The program's slots: one argument, one result, and temporaries at these places of arena 0. */
export function program(
  backend: Backend,
  kernels: readonly LoopKernel[],
  places: readonly number[],
): Program {
  const bytes = length * (backend.dtypes.get("f32") ?? 4);
  const { alignment } = backend.limits;
  const room = Math.ceil(bytes / alignment) * alignment;
  const temporaries = places.map((place): Slot => {
    return { role: "temporary", bytes, arena: 0, offset: place * room };
  });
  return {
    kernels,
    slots: [{ role: "argument", bytes }, { role: "result", bytes }, ...temporaries],
    arenas: places.length ? [(Math.max(...places) + 1) * room] : [],
    scalars: ["f32"],
  };
}

export const upload = (backend: Backend, values: readonly number[]): Buffer => {
  const bytes = encode(values, "f32", 4);
  const buffer = backend.allocate(bytes.length);
  backend.write(buffer, bytes);
  return buffer;
};
const download = async (backend: Backend, buffer: Buffer): Promise<number[]> =>
  decode(await backend.read(buffer), "f32", 4);

export async function expectValues(
  backend: Backend,
  buffer: Buffer,
  expected: readonly number[],
  what: string,
): Promise<void> {
  const found = await download(backend, buffer);
  must(found.join() === expected.join(), `${what}: [${found}] must be [${expected}]`);
}

export const input: readonly number[] = [1, 2, 3, 4, 5];
/** Runs one program on fresh buffers and compares its result. */
async function expectProgram(
  { backend }: Subject,
  built: Program,
  scalar: number,
  expected: readonly number[],
): Promise<void> {
  const executable = backend.compile(built);
  const [from, to] = [upload(backend, input), upload(backend, [0, 0, 0, 0, 0])];
  executable.run([from, to], Float64Array.of(scalar));
  await expectValues(backend, to, expected, "the result of a program");
  await expectValues(backend, from, input, "an argument after the run");
  executable[Symbol.dispose]();
  backend.free(from);
  backend.free(to);
}

/** As after a journey to a worker. */
const clone = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

export const programs: readonly Law[] = direct([
  {
    name: "runs kernels in order, through temporaries that share bytes when their lives do not overlap",
    check: async (subject) => {
      const { backend } = subject;
      const kernels = [
        step(0, 2, plusScalar),
        step(2, 3, twice),
        step(3, 4, plusScalar),
        step(4, 1, twice),
      ];
      // slots 2 and 4 lie in one place
      await expectProgram(subject, program(backend, kernels, [0, 1, 0]), 10, [64, 68, 72, 76, 80]);
    },
  },
  {
    name: "keeps a temporary while others are computed",
    check: async (subject) => {
      const kernels = [step(0, 2, plusScalar), step(0, 3, twice), step(2, 1, twice)];
      const built = program(subject.backend, kernels, [0, 1]);
      await expectProgram(subject, built, 10, [22, 24, 26, 28, 30]);
    },
  },
  {
    name: "runs a program that was cloned, whose formulas are other objects",
    check: async (subject) => {
      const kernels = [step(0, 2, twice), step(2, 1, plusScalar)];
      const built = clone(program(subject.backend, kernels, [0]));
      await expectProgram(subject, built, 1, [3, 5, 7, 9, 11]);
    },
  },
  {
    name: "runs again with other buffers and other numbers",
    check: async ({ backend }) => {
      const executable = backend.compile(program(backend, [step(0, 1, plusScalar)], []));
      const [a, b, c] = [upload(backend, input), upload(backend, input), upload(backend, input)];
      executable.run([a, b], Float64Array.of(1));
      executable.run([b, c], Float64Array.of(100));
      executable.run([a, b], Float64Array.of(0.5));
      await expectValues(backend, c, [102, 103, 104, 105, 106], "a run on a result");
      await expectValues(backend, b, [1.5, 2.5, 3.5, 4.5, 5.5], "a third run");
      executable[Symbol.dispose]();
      for (const buffer of [a, b, c]) backend.free(buffer);
    },
  },
  {
    name: "keeps the temporaries of two programs apart",
    check: async ({ backend }) => {
      const first = backend.compile(program(backend, [step(0, 2, twice), step(2, 1, twice)], [0]));
      const second = backend.compile(
        program(backend, [step(0, 2, plusScalar), step(2, 1, twice)], [0]),
      );
      const [a, b, c] = [upload(backend, input), upload(backend, input), upload(backend, input)];
      first.run([a, b], Float64Array.of(0));
      second.run([a, c], Float64Array.of(1));
      first.run([b, a], Float64Array.of(0));
      await expectValues(backend, a, [16, 32, 48, 64, 80], "the first program");
      await expectValues(backend, c, [4, 6, 8, 10, 12], "the second program");
      first[Symbol.dispose]();
      second[Symbol.dispose]();
      for (const buffer of [a, b, c]) backend.free(buffer);
    },
  },
  {
    name: "binds two kernels of one structure to their own slots",
    check: async (subject) => {
      const kernels = [step(0, 2, twice), step(2, 3, twice), step(3, 1, twice)];
      await expectProgram(
        subject,
        program(subject.backend, kernels, [0, 1]),
        0,
        [8, 16, 24, 32, 40],
      );
    },
  },
  {
    name: "tells of every kernel in how many passes it runs, if it tells anything",
    check: async ({ backend }) => {
      const kernels = [step(0, 2, twice), step(2, 1, plusScalar)];
      const told = backend.describe?.(program(backend, kernels, [0]));
      if (!told) return;
      must(
        told.length === 2 && told.every((passes) => passes.length > 0),
        `${told.map((passes) => passes.length)} passes must be some for each of two kernels`,
      );
      for (const { facts, ...times } of told.flat()) {
        const texts = Object.values(facts).map((fact) => typeof fact);
        must(
          texts.every((type) => type === "string" || type === "number"),
          `facts must be text and numbers, and are ${texts}`,
        );
        for (const time of Object.values(times))
          must(time >= 0 && time < Infinity, `a time must be microseconds, and is ${time}`);
      }
    },
  },
]);
