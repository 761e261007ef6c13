/** The laws of every device, on the GPU that a page has. */
import { testBackend } from "@mt/backend/testing";
import { describe, it } from "vitest";
import { webgpu } from "../src/index.ts";
import { accuracy, sumUnits } from "../src/wgsl/accuracy.ts";

testBackend(
  () => webgpu(),
  { describe, it },
  {
    accuracy,
    sums: sumUnits,
    flushesSubnormals: true,
    contractsMultiplyAdd: true,
    report: () => undefined,
  },
);
