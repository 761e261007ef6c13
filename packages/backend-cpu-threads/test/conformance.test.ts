import { testBackend } from "@mt/backend/testing";
import { describe, it } from "vitest";
import { cpuThreads } from "../src/index.ts";
import { accuracy } from "../src/vectors/accuracy.ts";

/** Ours are distances from the exact value; the suite compares with it rounded. */
const stated = Object.fromEntries(
  Object.entries(accuracy).map(([name, ulp]) => [name, { ulp: Math.floor(ulp + 0.5) }]),
);
testBackend(
  () => cpuThreads(),
  { describe, it },
  { accuracy: stated, sums: 2, report: () => undefined },
);
