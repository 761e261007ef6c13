/** The laws of every device, on the GPU as it is. */
import { testBackend } from "@mt/backend/testing";
import { numeric } from "@mt-tools/adapters/numeric";
import { describe, it } from "vitest";
import { accuracy } from "../src/wgsl/accuracy.ts";
import { sharedDevice } from "./device.ts";

numeric.describe("on this adapter", () => {
  testBackend(
    sharedDevice,
    { describe, it },
    {
      accuracy,
      sums: 8,
      flushesSubnormals: true,
      contractsMultiplyAdd: true,
      chapters: [
        "memory",
        "refusals",
        "programs",
        "accesses",
        "lookups",
        "folds",
        "scatter",
        "randomness",
      ],
      report: () => undefined,
    },
  );
});
