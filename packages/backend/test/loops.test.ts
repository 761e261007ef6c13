import { argument, call, type DType } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asLoops, type Kernel, type PrefixKernel, referenceBackend } from "../src/index.ts";
import { exactValues, integer, rowMajor, size } from "../src/testing/arbitrary.ts";
import { runTrial, type Trial } from "../src/testing/trial.ts";

/** A running sum or maximum over a box, with stores of either kind that use the input as well. */
const prefixTrial = fc.gen().map((draw): Trial => {
  const dtype: DType = "f32";
  const name = integer(draw, 0, 1) ? "add" : "max";
  const outer = [integer(draw, 1, 3)];
  const inner = [integer(draw, 0, 4), integer(draw, 1, 4)];
  const strides = rowMajor([...outer, ...inner]);
  const x = argument(0, dtype);
  const kernel: PrefixKernel = {
    kind: "prefix",
    outer,
    inner,
    inputs: [{ kind: "read", slot: 0, dtype, offset: 0, strides, guards: [], fill: 0 }],
    fold: {
      monoid: {
        name,
        combine: call(name, x, argument(1, dtype)),
        identity: name === "add" ? 0 : -Infinity,
      },
      body: call("mul", x, 3),
    },
    stores: [
      {
        slot: 1,
        dtype,
        inside: true,
        offset: 0,
        strides,
        body: call("sub", argument(1, dtype), x),
      },
      { slot: 2, dtype, inside: false, offset: 0, strides: [1], body: argument(1, dtype) },
    ],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype, values: exactValues(draw, dtype, size([...outer, ...inner])) },
      { role: "result", dtype, length: size([...outer, ...inner]) },
      { role: "result", dtype, length: size(outer) },
    ],
    scalars: [],
  };
});

describe("the loops a kernel equals", () => {
  it("give what a prefix gives", async () => {
    const device = referenceBackend();
    await fc.assert(
      fc.asyncProperty(prefixTrial, async (trial) => {
        const kernels = trial.kernels.flatMap((kernel) => asLoops(kernel) as readonly Kernel[]);
        expect(await runTrial(device, { ...trial, kernels })).toEqual(
          await runTrial(device, trial),
        );
      }),
    );
  });
});
