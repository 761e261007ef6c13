import { stripTypeScriptTypes } from "node:module";
import { argument, call, constant, node } from "@mt/operators";
import { describe, expect, it } from "vitest";
import { type Backend, kernelText, referenceBackend } from "../src/index.ts";
import { elementwise } from "../src/testing/elementwise.ts";
import { reduceTrial } from "../src/testing/reduce.ts";
import type { Trial } from "../src/testing/trial.ts";
import {
  type ConformanceOptions,
  conform,
  conformance,
  Difference,
  mustMatch,
} from "../src/testing.ts";
import { brokenClaims } from "./broken/claimed.ts";
import { brokenKernels } from "./broken/kernels.ts";
import { brokenNumbers } from "./broken/numbers.ts";
import { onLoops } from "./broken/rewriting.ts";

const names = conformance().flatMap(({ laws }) => laws.map(({ name }) => name));

/** Runs printed code as the author would, on some device. */
async function runSnippet(code: string, backend: Backend): Promise<void> {
  const body = code
    .split("\n")
    .filter((line) => !line.startsWith("import "))
    .join("\n");
  let test = async (): Promise<void> => {};
  const declare = (_: string, run: () => Promise<void>): void => {
    test = run;
  };
  const scope = { it: declare, makeBackend: () => backend, mustMatch, argument, constant, node };
  new Function(...Object.keys(scope), stripTypeScriptTypes(body))(...Object.values(scope));
  await test();
}
const differences = async (
  backend: Backend,
  options: ConformanceOptions,
): Promise<readonly Difference[]> =>
  (await conform(backend, options)).failures.flatMap(({ error }) =>
    error instanceof Difference ? [error] : [],
  );

describe("a printed counterexample", () => {
  const chosen = [...brokenKernels, ...brokenNumbers, ...brokenClaims].filter(([what]) =>
    /guard lets|is an address|over nothing|first update|not rounded|off by|by rounding|epilogue|starts again|not stable/.test(
      what,
    ),
  );
  for (const [what, [law = ""], make] of chosen)
    it(`fails where ${what}, and holds on the reference`, async () => {
      const device = make();
      const laws = names.filter((name) => name.startsWith(law));
      const found = await differences(device, { laws, dtypes: ["f32", "i32"], runs: 100 });
      expect(found.length).toBeGreaterThan(0);
      for (const { snippet } of found) {
        await expect(runSnippet(snippet, device)).rejects.toThrow("must be");
        await runSnippet(snippet, referenceBackend());
      }
    });
  it("stands for a device that throws, too", async () => {
    const device = onLoops((kernel) => {
      if (kernel.inputs.some((x) => x.kind === "test")) throw new Error("no tests, please");
      return kernel;
    });
    const [first] = await differences(device, { chapters: ["accesses"], dtypes: ["f32"] });
    expect(first?.message).toContain('"broken" threw Error: no tests, please');
    await expect(runSnippet(first?.snippet ?? "", device)).rejects.toThrow("no tests, please");
    await runSnippet(first?.snippet ?? "", referenceBackend());
  });
});

describe("a trial", () => {
  const x = argument(0, "f32");
  const big: Trial = elementwise(call("add", call("exp", call("mul", x, 3)), call("abs", x)), [
    { dtype: "f32", values: Array.from({ length: 300 }, (_, i) => i + 7) },
  ]);

  it("is reduced to what matters", async () => {
    const hasExp = async ({ kernels }: Trial): Promise<boolean> =>
      kernels.some((kernel) => kernelText(kernel).includes("exp"));
    const small = await reduceTrial(big, hasExp);
    expect(small.kernels.map(kernelText)).toEqual([
      "loop []\n  x0 = f32 s0[0]\n  f32 s1[0] = exp(x0)",
    ]);
    expect(small.slots).toEqual([
      { role: "argument", dtype: "f32", values: [0] },
      { role: "result", dtype: "f32", length: 1 },
    ]);
  });
  it("stays as it is where nothing smaller is wrong", async () => {
    expect(await reduceTrial(big, async () => false)).toBe(big);
  });
});
