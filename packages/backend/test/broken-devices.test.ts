import { describe, expect, it } from "vitest";
import { Decorator } from "../src/decorate.ts";
import { referenceBackend } from "../src/index.ts";
import { conform } from "../src/testing.ts";
import { brokenDevices } from "./broken-devices.ts";

const brokenLaws = async (...[backend, options]: Parameters<typeof conform>): Promise<string[]> => {
  const failures = await conform(backend, { runs: 30, ...options });
  return failures.map(({ chapter, law }) => `${chapter}: ${law}`);
};

describe("the conformance suite", () => {
  for (const [what, chapter, make] of brokenDevices)
    it(`catches a device where ${what}`, async () => {
      expect(await brokenLaws(make(), { chapters: [chapter] })).not.toEqual([]);
    });
  it("finds nothing wrong with a decorator that changes nothing", async () => {
    expect(await brokenLaws(new Decorator(referenceBackend()), { runs: 5 })).toEqual([]);
  });
});
