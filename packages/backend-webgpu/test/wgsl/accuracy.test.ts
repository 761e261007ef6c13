/** Every primitive in WGSL against its definition, over all of f32 and all its special values. */
import {
  argumentsOf,
  elementwise,
  floatPrimitives,
  runTrial,
  samplesOf,
  worstOf,
} from "@mt/backend/testing";
import { call } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { accuracy } from "../../src/wgsl/accuracy.ts";
import { sharedDevice } from "../device.ts";

numeric.describe("on f32", () => {
  test.each(floatPrimitives)("%s is as near as it says", async (name) => {
    const inputs = argumentsOf(name, "f32");
    const columns = samplesOf(name, 30_000);
    const given = inputs.map(({ dtype }, k) => ({ dtype, values: Array.from(columns[k] ?? []) }));
    const [found = []] = await runTrial(
      await sharedDevice(),
      elementwise(call(name, ...inputs), given),
    );
    const { ulp, at } = worstOf(name, columns, found, true);
    expect(ulp, at).toBeLessThanOrEqual(accuracy[name]?.ulp ?? 0.5);
  });
});
