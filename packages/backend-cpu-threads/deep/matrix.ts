/** The conformance suite on every number of threads, in narrow vectors and in wide ones. */
import { testBackend } from "@mt/backend/testing";
import { describe, it } from "vitest";
import { makeDevice } from "../src/device.ts";
import { accuracy } from "../src/vectors/accuracy.ts";
import { always } from "../test/threads/kernels.ts";

/** Ours are distances from the exact value; the suite compares with it rounded. */
const stated = Object.fromEntries(
  Object.entries(accuracy).map(([name, ulp]) => [name, { ulp: Math.floor(ulp + 0.5) }]),
);

export function conformsEverywhere(instructions: string): void {
  const crew = { costs: always, patience: 30_000 };
  for (const threads of [1, 2, 4])
    for (const simd256 of ["off", "auto"] as const) {
      const name = `${instructions}, ${threads} threads, simd256 ${simd256}`;
      testBackend(
        () => makeDevice({ name, threads, simd256 }, { tuning: { grain: 8 }, crew }),
        { describe, it },
        { accuracy: stated, sums: 2, report: () => undefined },
      );
    }
}
