import { execFileSync } from "node:child_process";
import type { DType } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpretedBackend, referenceBackend } from "../src/index.ts";
import { loopTrial } from "../src/testing/arbitrary.ts";
import { compareTrial } from "../src/testing/difference.ts";

const dtypes: readonly DType[] = ["f64", "f32", "i32", "u32", "u8", "bool"];
const generated = referenceBackend();
const interpreted = interpretedBackend({ name: "interpreted" });

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

/** What a program prints in a process that forbids generated code. */
const guarded = (program: string): string =>
  execFileSync(
    process.execPath,
    [
      "--disallow-code-generation-from-strings",
      "--conditions=@mt/source",
      "--input-type=module-typescript",
      "--eval",
      `import { getBackend, interpretedBackend, registerBackend } from "@mt/backend"; ${program}`,
    ],
    { encoding: "utf8", cwd: import.meta.dirname },
  );

describe("where code must not be generated", () => {
  it("the reference device says what to do", () => {
    const program = "try { getBackend(); } catch (error) { console.log(error.message); }";
    expect(guarded(program)).toBe(
      '"reference" generates code, which this host forbids (Content Security Policy). ' +
        "Call registerBackend(interpretedBackend()) first.\n",
    );
  });
  it("and that works", () => {
    const program = "registerBackend(interpretedBackend()); console.log(getBackend().name);";
    expect(guarded(program)).toBe("reference\n");
  });
});
