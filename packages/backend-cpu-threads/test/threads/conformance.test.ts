import { testBackend } from "@mt/backend/testing";
import { describe, it } from "vitest";
import { makeDevice } from "../../src/device.ts";
import { accuracy } from "../../src/vectors/accuracy.ts";
import { always } from "./kernels.ts";

/** Ours are distances from the exact value; the suite compares with it rounded. */
const stated = Object.fromEntries(
  Object.entries(accuracy).map(([name, ulp]) => [name, { ulp: Math.floor(ulp + 0.5) }]),
);
for (const threads of [2, 4]) {
  const crew = { costs: always, patience: 30_000 };
  testBackend(
    () => makeDevice({ name: `${threads} threads`, threads }, { tuning: { grain: 8 }, crew }),
    { describe, it },
    { accuracy: stated, sums: 2, report: () => undefined },
  );
}
