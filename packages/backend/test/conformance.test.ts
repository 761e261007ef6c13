import { describe, expect, it } from "vitest";
import { interpretedBackend, referenceBackend } from "../src/index.ts";
import { conform, type Report, reportText, type Statement, testBackend } from "../src/testing.ts";
import { stepwise } from "./broken/kernels.ts";
import { contracting, flushing, inexact } from "./broken/numbers.ts";
import { onCalls, onKernels } from "./broken/rewriting.ts";
import { PatientDevice } from "./patient-device.ts";

const outcomes = (report: Report): Set<string> =>
  new Set(report.laws.map(({ whole }) => whole.outcome));

describe("the reference device, generated", () => {
  const report = (found: Report): void => expect([...outcomes(found)]).toEqual(["passed"]);
  testBackend(() => referenceBackend(), { describe, it }, { report });
});
describe("the reference device, interpreted", () => {
  const make = () => interpretedBackend();
  testBackend(make, { describe, it }, { runs: 10, report: () => {} });
});
describe("a device that computes later, in words, and claims nothing more than it must", () => {
  const report = (found: Report): void => {
    expect(outcomes(found)).toEqual(new Set(["passed", "not run", "not claimed"]));
    const unclaimed = found.laws.filter(({ whole }) => whole.outcome === "not claimed");
    expect(new Set(unclaimed.map(({ chapter }) => chapter))).toEqual(
      new Set(["contract", "prefix", "argsort"]),
    );
  };
  testBackend(async () => new PatientDevice(), { describe, it }, { runs: 20, report });
});

describe("what a device states", () => {
  const inexactDevice = () =>
    onCalls(
      (x) => inexact(x) ?? contracting(x) ?? (x.primitive === "mul" ? flushing(x) : undefined),
    );
  const stated: Partial<Statement> = {
    accuracy: { exp: { ulp: 2 } },
    flushesSubnormals: true,
    contractsMultiplyAdd: true,
  };
  const chapters = ["arithmetic"];
  const brokenLaws = async (options: Partial<Statement>): Promise<number[]> => {
    const { laws } = await conform(inexactDevice(), { ...options, chapters, shrink: false });
    return laws.flatMap(({ whole }, i) => (whole.outcome === "failed" ? [i] : []));
  };

  it("is what it is held to, each part of it for itself", async () => {
    expect(await brokenLaws(stated)).toEqual([]);
    expect(await brokenLaws({})).toEqual([0, 1, 2, 3]);
    expect(await brokenLaws({ ...stated, accuracy: { exp: { ulp: 1 } } })).toEqual([0, 1]);
    expect(await brokenLaws({ ...stated, flushesSubnormals: false })).toEqual([2]);
    expect(await brokenLaws({ ...stated, contractsMultiplyAdd: false })).toEqual([3]);
  });
  it("shows in the report, with the largest error that was tolerated", async () => {
    const { laws } = await conform(inexactDevice(), { ...stated, chapters });
    expect(laws.map(({ whole }) => whole.outcome)).toEqual(new Array(4).fill("tolerated"));
    expect(laws[0]?.dtypes.f32).toMatchObject({ outcome: "tolerated", ulp: 2 });
    expect(laws[0]?.dtypes.i32).toMatchObject({ outcome: "passed", ulp: 0 });
  });
  it("bounds the rounding of sums by the last place of what is added", async () => {
    const device = () =>
      onKernels("loop", (kernel) => ({
        ...kernel,
        folds: kernel.folds.map((fold) => ({ ...fold, monoid: stepwise(fold.monoid) })),
      }));
    const law = "adds floats with no more rounding than it states";
    const run = (sums: number) => conform(device(), { sums, laws: [law], shrink: false });
    expect((await run(0)).failures.length).toBe(1);
    expect((await run(64)).failures).toEqual([]);
  });
  it("may leave out NaN and infinities, element types, and arguments", async () => {
    const { laws } = await conform(referenceBackend(), {
      specials: false,
      dtypes: ["f32", "bool"],
      accuracy: { exp: { domain: (x) => x < 1 } },
      chapters: ["arithmetic", "casts"],
    });
    const skipped = laws.filter(({ whole }) => whole.outcome === "not run");
    expect(skipped.map(({ law }) => law.split(",")[0])).toEqual([
      "computes every primitive at NaN",
      "rounds integers to the nearest float",
      "wraps integers around",
      "truncates floats toward zero and saturates",
      "makes 0 of NaN",
    ]);
    expect(new Set(laws.flatMap((law) => Object.keys(law.dtypes)))).toEqual(
      new Set(["f32", "bool"]),
    );
  });
});

describe("a report", () => {
  it("is a table of laws by dtype, and one by access", async () => {
    const device = onCalls((x) =>
      x.primitive === "mul" && x.dtype === "u8" ? x.args[0] : inexact(x),
    );
    const report = await conform(device, {
      dtypes: ["f32", "u8"],
      accuracy: { exp: { ulp: 2 } },
      laws: [
        "computes every element of sizes 0, 1, 17, 65 and 1025 in every dtype",
        "looks up twice in one kernel, behind guards and by what was looked up",
        "computes every primitive in every dtype over ordinary values",
        "wraps integers around, negative ones too",
      ],
    });
    expect(reportText(report)).toMatchInlineSnapshot(`
      ""broken": 2 of 4 laws hold

          all    f32     u8   bool  ACCESSES
         FAIL     ok   FAIL         computes every element of sizes 0, 1, 17, 65 and 1025 in every dtype

          all    f32     u8   bool  LOOKUPS
           ok     ok     ok         looks up twice in one kernel, behind guards and by what was looked up

          all    f32     u8   bool  ARITHMETIC
         FAIL    2.0   FAIL     ok  computes every primitive in every dtype over ordinary values

          all    f32     u8   bool  CASTS
           ok            ok         wraps integers around, negative ones too

      The same by the ways in which inputs are read:

       contiguous broadcast guarded lookup  ACCESSES
             FAIL                           computes every element of sizes 0, 1, 17, 65 and 1025 in every dtype

       contiguous broadcast guarded lookup  LOOKUPS
               ok        ok      ok     ok  looks up twice in one kernel, behind guards and by what was looked up

       contiguous broadcast guarded lookup  ARITHMETIC
             FAIL                           computes every primitive in every dtype over ordinary values

       contiguous broadcast guarded lookup  CASTS
               ok                           wraps integers around, negative ones too

      ok: to the bit; a number: the largest error tolerated, in ulp; –: not claimed; FAIL: wrong."
    `);
  });
});
