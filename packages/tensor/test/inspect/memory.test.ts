/** Module 2.20 — What memory is for, and under MT_DEBUG which line asked for it. */
import { referenceBackend, registerBackend } from "@mt/backend";
import { afterEach, expect, test, vi } from "vitest";
import { memory, ones } from "../../src/index.ts";

registerBackend(referenceBackend({ name: "of its own" })); // with no other arrays on it

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

test("memory() lists the largest arrays, largest first", () => {
  const kept = [ones([100, 30]).exp().clone(), ones([50, 70]).exp().clone()];
  expect(memory().largest.slice(0, 2)).toEqual([
    { label: "f32[50, 70]", bytes: 14_000 },
    { label: "f32[100, 30]", bytes: 12_000 },
  ]);
  for (const x of kept) x.dispose();
});

test("under MT_DEBUG=1, each with the line it was made on", async () => {
  vi.stubEnv("MT_DEBUG", "1");
  vi.resetModules();
  const debugged = await import("../../src/index.ts");
  const x = debugged.ones([400, 30]).exp().clone();
  const [largest] = debugged.memory().largest;
  expect(largest?.label).toMatch(/^f32\[400, 30\] made at .*memory\.test\.ts:\d+:\d+$/);
  x.dispose();
});
