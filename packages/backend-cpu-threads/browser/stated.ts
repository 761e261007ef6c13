/** What the device states of its accuracy. Its own errors are distances from the exact value; the
 * suite compares with that rounded. */
import type { ConformanceOptions } from "@mt/backend/testing";
import { accuracy } from "../src/vectors/accuracy.ts";

export const stated: ConformanceOptions = {
  accuracy: Object.fromEntries(
    Object.entries(accuracy).map(([name, ulp]) => [name, { ulp: Math.floor(ulp + 0.5) }]),
  ),
  sums: 2,
};
