import { describe, expect, it } from "vitest";
import { Decorator } from "../src/decorate.ts";
import { referenceBackend } from "../src/index.ts";
import { conform, conformance } from "../src/testing.ts";
import { brokenClaims } from "./broken/claimed.ts";
import { brokenKernels } from "./broken/kernels.ts";
import { brokenMemory } from "./broken/memory.ts";
import { brokenNumbers } from "./broken/numbers.ts";
import type { Broken } from "./broken/rewriting.ts";

const broken: readonly Broken[] = [
  ...brokenMemory,
  ...brokenKernels,
  ...brokenNumbers,
  ...brokenClaims,
];
const laws = conformance().flatMap((chapter) => chapter.laws.map(({ name }) => name));
const named = (start: string): string[] => laws.filter((name) => name.startsWith(start));

describe("the conformance suite", () => {
  for (const [what, starts, make] of broken)
    it(`catches a device where ${what}`, async () => {
      for (const law of starts.flatMap(named)) {
        const { failures } = await conform(make(), { laws: [law], shrink: false });
        expect(failures.length, law).toBeGreaterThan(0);
      }
    });
  it("has a broken device for every law, and no law twice", () => {
    const starts = broken.flatMap(([, list]) => list);
    expect(starts.filter((start) => named(start).length !== 1)).toEqual([]);
    const caught = new Set(starts.flatMap(named));
    expect(laws.filter((name) => !caught.has(name))).toEqual([]);
  });
  it("finds nothing wrong with a decorator that changes nothing", async () => {
    const { failures } = await conform(new Decorator(referenceBackend()), { runs: 5 });
    expect(failures).toEqual([]);
  });
});
