/** Random programs of the tensor package: every value is what its definition says. */
import type { Backend } from "@mt/backend";
import fc from "fast-check";
import { test } from "vitest";
import { on } from "../../tensor/test/devices.ts";
import { kernelsMeanTheGraph, runs } from "../../tensor/test/laws.ts";
import { told } from "../../tensor/test/program-text.ts";
import { programs } from "../../tensor/test/programs.ts";
import { makeDevice } from "../src/device.ts";
import { cpuThreads } from "../src/index.ts";

/** Small units, done one by one from the last to the first. */
const backwards = (): Backend =>
  makeDevice(
    {},
    {
      tuning: { grain: 8, tiles: "copied" },
      dispatch: ({ run, units }, block) => {
        for (let unit = units; unit > 0; unit--) run(unit - 1, unit, block);
      },
    },
  );

test.each([
  ["small values", cpuThreads, false, 16, 1],
  ["large values", cpuThreads, true, 12, 0.1],
  ["in units of any order", backwards, true, 12, 0.1],
] as const)("%s", { timeout: 600_000 }, (_, make, large, length, part) => {
  const manner = { exact: true, large };
  const law = told((steps) => kernelsMeanTheGraph(steps, manner), manner);
  on(make(), () => fc.assert(fc.property(programs(length), law), runs(0, part)));
});
