/** Long rows: running folds in many blocks, and sorting in many chunks. */
import { type ArgsortKernel, type PrefixKernel, referenceBackend } from "@mt/backend";
import { compareTrial } from "@mt/backend/testing";
import { argument, call } from "@mt/operators";
import { numeric } from "@mt-tools/adapters/numeric";
import { sharedDevice } from "./device.ts";
import { read } from "./reads.ts";

const values = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => ((i * 7919) % 1013) / 2 - 253);

numeric.test.each([
  [1, 100_000],
  [3, 1537],
  [300, 600],
])("running maxima of %i × %i values", async (rows, length) => {
  const total = argument(1, "f32");
  const kernel: PrefixKernel = {
    kind: "prefix",
    outer: [rows],
    inner: [length],
    inputs: [read(0, [length, 1])],
    fold: {
      monoid: { name: "max", combine: call("max", argument(0, "f32"), total), identity: -Infinity },
      body: argument(0, "f32"),
    },
    stores: [
      {
        slot: 1,
        dtype: "f32",
        inside: true,
        offset: 0,
        strides: [length, 1],
        body: call("sub", total, argument(0, "f32")),
      },
      { slot: 2, dtype: "f32", inside: false, offset: 0, strides: [1], body: total },
    ],
  };
  await compareTrial(await sharedDevice(), referenceBackend(), {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values: values(rows * length) },
      { role: "result", dtype: "f32", length: rows * length + 1 },
      { role: "result", dtype: "f32", length: rows + 1 },
    ],
    scalars: [],
  });
});

numeric.test.each([
  [1, 70_001, false],
  [3, 5000, true],
  [200, 90, false],
])("sorting %i × %i values, descending: %s", async (rows, length, descending) => {
  const kernel: ArgsortKernel = {
    kind: "argsort",
    outer: [rows],
    length,
    input: read(0, [length, 1]),
    slot: 1,
    descending,
  };
  await compareTrial(await sharedDevice(), referenceBackend(), {
    kernels: [kernel],
    slots: [
      { role: "argument", dtype: "f32", values: values(rows * length) },
      { role: "result", dtype: "i32", length: rows * length + 1 },
    ],
    scalars: [],
  });
});
