/** Module 2 — Gathers at the edges: nothing to read, padding around, few bindings, no sorting. */
import {
  type Backend,
  Decorator,
  type Executable,
  type Kernel,
  type Program,
  referenceBackend,
  validateProgram,
} from "@mt/backend";
import { expect, test } from "vitest";
import { argsort, type Shape, type Tensor, take, tensor, where, zeros } from "../src/index.ts";

/** Claims what is compulsory, binds six buffers, and accepts only valid programs. */
class Frugal extends Decorator {
  override readonly limits: Backend["limits"] = {
    ...this.inner.limits,
    buffersPerKernel: 6,
    outputsPerKernel: 2,
  };
  override claims(kernel: Kernel): boolean {
    return kernel.kind === "loop" || kernel.kind === "scatter";
  }
  override compile(program: Program): Executable {
    validateProgram(program, this);
    return super.compile(program);
  }
}
const backend = new Frugal(referenceBackend({ name: "frugal" }));
const f32 = (data: readonly number[], shape: Shape = [data.length]): Tensor =>
  tensor(data, { shape, backend });
const i32 = (data: readonly number[]): Tensor => tensor(data, { dtype: "i32", backend });
const read = (x: Tensor): number[] => [...x.dataSync()];

test("every position of an empty axis is outside: 0", () => {
  const x = zeros([0, 3], { backend });
  expect(read(take(x, i32([0, 1])))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(read(take(x, i32([])))).toEqual([]);
});
test("padding around what was gathered, and around what it is gathered from", () => {
  const x = f32([1, 2, 3, 4], [2, 2]);
  expect(read(take(x, i32([1, 9])).pad([[1, 1]], 7))).toEqual([7, 3, 4, 7, 7, 0, 0, 7]);
  expect(read(take(x.pad([[1, 1]], 7), i32([1, 9])))).toEqual([7, 3, 4, 7, 0, 0, 0, 0]);
  expect(
    read(
      take(
        x.pad(
          [
            [0, 1],
            [0, 0],
          ],
          7,
        ),
        i32([2, 3, 0]),
      ),
    ),
  ).toEqual([7, 7, 0, 0, 1, 2]);
});
test("several gathers in one formula bind no more than the device can", () => {
  const parts = [1, 2, 3].map((k) => take(f32([k, 2 * k]), i32([1, 0, k - 2])));
  const [a, b, c] = parts as [Tensor, Tensor, Tensor];
  expect(read(where(a.gt(2), b, c))).toEqual([6, 3, 6]);
  expect(read(a.clamp(b, c))).toEqual([4, 2, 2]);
});
test("u32 values are put in order where a network sorts, past 2^31 too", () => {
  const x = tensor([3e9, 1, 4e9, 2, 1], { dtype: "u32", backend });
  const order = argsort(x);
  expect([order.dtype, ...read(order)]).toEqual(["i32", 1, 4, 3, 0, 2]);
});
