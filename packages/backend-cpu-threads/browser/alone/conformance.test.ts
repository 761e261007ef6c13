/** The conformance suite in a page that is not isolated, as most are. */
import { testBackend } from "@mt/backend/testing";
import { describe, expect, it } from "vitest";
import { cpuThreads } from "../../src/index.ts";
import { stated } from "../stated.ts";

testBackend(() => cpuThreads(), { describe, it }, { ...stated, report: () => undefined });

it("was held to without memory that threads can share", () => {
  expect(crossOriginIsolated).toBe(false);
  expect(typeof SharedArrayBuffer).toBe("undefined");
});
