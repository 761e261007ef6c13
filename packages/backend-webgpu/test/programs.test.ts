/** Random programs of the tensor package: every value is what its definition says. */
import { numeric } from "@mt-tools/adapters/numeric";
import fc from "fast-check";
import { expect, test } from "vitest";
import { on } from "../../tensor/test/devices.ts";
import { kernelsMeanTheGraph, runs } from "../../tensor/test/laws.ts";
import { told } from "../../tensor/test/program-text.ts";
import { programs } from "../../tensor/test/programs.ts";
import { sharedDevice } from "./device.ts";

/** What Dawn's objects take is given back between tasks only: without them, 3 MiB a program. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
/** Milliseconds of so many programs, at most. */
const patience = (count: number): number => 60_000 + 2000 * count;
/**
 * MiB that so many programs, each of some ten kernels, may leave: kernels are kept up to a number. 300 leave
 * 470 to 690, as engines collect now or later; without a pause they leave more than 1 000.
 */
const mostLeft = (count: number): number => 800 + count / 10;
const resident = (): number => process.memoryUsage().rss / 2 ** 20;

numeric.describe.each([
  ["small values", false, 16, 0.02],
  ["large values", true, 12, 0.004],
] as const)("%s", (_, large, length, part) => {
  const chosen = runs(0, part);
  test("mean what was recorded, and take no memory with them", {
    timeout: patience(chosen.numRuns),
  }, async () => {
    const device = await sharedDevice();
    const before = resident();
    const manner = { exact: true, large };
    const law = told((steps) => kernelsMeanTheGraph(steps, manner), manner);
    const property = fc.asyncProperty(programs(length), async (steps) => {
      law(steps);
      await nextTask();
    });
    await on(device, () => fc.assert(property, chosen));
    await device.finish();
    expect(resident() - before).toBeLessThan(mostLeft(chosen.numRuns));
  });
});
