import type { DType } from "@mt/operators";
import fc from "fast-check";
import { describe, it } from "vitest";
import { referenceBackend } from "../src/index.ts";
import { loopTrial } from "../src/testing/arbitrary.ts";
import { compareTrial } from "../src/testing/difference.ts";

const dtypes: readonly DType[] = ["f64", "f32", "i32", "u32", "u8", "bool"];
const generated = referenceBackend();
const interpreted = referenceBackend({ interpret: true, name: "interpreted" });

describe("generated code", () => {
  it("gives the bits of the interpreter for every loop", async () => {
    await fc.assert(
      fc.asyncProperty(loopTrial({ dtypes }), (trial) =>
        compareTrial(generated, interpreted, trial),
      ),
      { numRuns: Number(process.env.RUNS ?? 500), includeErrorInReport: true } as never,
    );
  });
});
