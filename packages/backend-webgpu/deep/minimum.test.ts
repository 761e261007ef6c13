/** The laws of every device, with the least that the specification promises, and without features. */
import { testBackend } from "@mt/backend/testing";
import { numeric } from "@mt-tools/adapters/numeric";
import { describe, it } from "vitest";
import { accuracy, sumUnits } from "../src/wgsl/accuracy.ts";
import { leastLimits, makeDevice } from "../test/device.ts";

const stated = {
  accuracy,
  sums: sumUnits,
  flushesSubnormals: true,
  contractsMultiplyAdd: true,
  report: () => undefined,
};

numeric.describe("with the least limits", () => {
  const device = () => makeDevice({ limits: leastLimits, features: [] });
  testBackend(device, { describe, it }, { ...stated, runs: 6 });
});

numeric.describe("with grids of three groups a side", () => {
  const device = () => makeDevice({ limits: { maxComputeWorkgroupsPerDimension: 3 } });
  testBackend(
    device,
    { describe, it },
    { ...stated, runs: 5, chapters: ["accesses", "folds", "contract"] },
  );
});
