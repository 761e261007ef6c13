/** The laws of every device, on the GPU as it is. */
import { testBackend } from "@mt/backend/testing";
import { numeric } from "@mt-tools/adapters/numeric";
import { describe, it } from "vitest";
import { accuracy, sumUnits } from "../src/wgsl/accuracy.ts";
import { sharedDevice } from "./device.ts";

numeric.describe("on this adapter", () => {
  testBackend(
    sharedDevice,
    { describe, it },
    {
      accuracy,
      sums: sumUnits,
      flushesSubnormals: true,
      contractsMultiplyAdd: true,
      runs: 20, // a software GPU compiles each kernel for a while
      report: () => undefined,
    },
  );
});
