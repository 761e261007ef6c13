/**
 * Module 3.25 — Integers in a process that joins pairs of vectors, by code that is optimized at once.
 *
 * The engine gets pairs of integers wrong, so there must be none; short tests run before it optimizes.
 */
import v8 from "node:v8";
import { type Backend, referenceBackend } from "@mt/backend";
import { type Tensor, tensor } from "@mt/tensor";
import { expect, test } from "vitest";
import { makeDevice } from "../src/device.ts";

const reference = referenceBackend();
const wide = makeDevice({ name: "wide", threads: 1, simd256: "auto" }, {});
v8.setFlagsFromString("--no-liftoff"); // behind the trial, which asks for it as it was

const programs: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  argmax: (x) => x.argmax(0),
  argmin: (x) => x.argmin(0),
  norm: (x) => x.flip(0).square().sum(0).sqrt(),
  sum: (x) => x.sum(),
  turned: (x) => x.flip(0).transpose(0, -1).add(1),
};
const shapes = [
  [17, 195],
  [60, 20],
  [255, 195],
  [64, 60],
  [31, 20],
  [96, 96],
  [4093],
  [4095],
  [5000],
];

test.each(shapes.flatMap((shape) => (["f32", "i32"] as const).map((dtype) => ({ shape, dtype }))))(
  "are right: $shape of $dtype",
  ({ shape, dtype }) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const data = Float32Array.from(
      { length: size },
      (_, i) => (Math.imul(i, 2654435761) >>> 8) % 5,
    );
    for (const [name, program] of Object.entries(programs)) {
      const on = (backend: Backend) => program(tensor(data, { shape, dtype, backend })).dataSync();
      expect(on(wide), name).toEqual(on(reference));
    }
  },
);
