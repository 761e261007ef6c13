/** Programs of a single kernel, as the tensor package would make them. */
import type { ContractKernel, LoopKernel, Program, Read } from "@mt/backend";
import { argument, call, type DType, dtypes } from "@mt/operators";

const read = (slot: number, dtype: DType, strides: readonly number[]): Read => ({
  kind: "read",
  slot,
  dtype,
  offset: 0,
  strides,
  guards: [],
  fill: 0,
});
const line = { inside: false, offset: 0 } as const;

/** `[n, n] × [n, n]`; the second transposed, or not. */
export function productOf(n: number, dtype: DType, transposed = false): Program {
  const kernel: ContractKernel = {
    kind: "contract",
    outer: [n, n],
    inner: [n],
    inputs: [read(0, dtype, [n, 0, 1]), read(1, dtype, transposed ? [0, n, 1] : [0, 1, n])],
    a: 0,
    b: 1,
    roles: ["row", "column", "summed"],
    dtype,
    stores: [{ slot: 2, dtype, ...line, strides: [n, 1], body: argument(2, dtype) }],
  };
  const bytes = n * n * dtypes[dtype].bytes;
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", bytes },
      { role: "argument", bytes },
      { role: "result", bytes },
    ],
    arenas: [],
    scalars: [],
  };
}

/** relu(x · y + x) over so many elements: twelve bytes each. */
export function mapOf(count: number): Program {
  const [x, y] = [argument(0, "f32"), argument(1, "f32")];
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [count],
    inner: [],
    inputs: [read(0, "f32", [1]), read(1, "f32", [1])],
    folds: [],
    stores: [
      {
        slot: 2,
        dtype: "f32",
        ...line,
        strides: [1],
        body: call("max", call("add", call("mul", x, y), x), 0),
      },
    ],
  };
  const slot = { bytes: 4 * count };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", ...slot },
      { role: "argument", ...slot },
      { role: "result", ...slot },
    ],
    arenas: [],
    scalars: [],
  };
}

/** The sum of squares of each row: four bytes an element. */
export function foldOf(rows: number, length: number): Program {
  const [x, carried] = [argument(0, "f32"), argument(1, "f32")];
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [rows],
    inner: [length],
    inputs: [read(0, "f32", [length, 1])],
    folds: [
      {
        monoid: { name: "sum", combine: call("add", x, carried), identity: 0 },
        body: call("mul", x, x),
      },
    ],
    stores: [{ slot: 1, dtype: "f32", ...line, strides: [1], body: carried }],
  };
  return {
    kernels: [kernel],
    slots: [
      { role: "argument", bytes: 4 * rows * length },
      { role: "result", bytes: 4 * rows },
    ],
    arenas: [],
    scalars: [],
  };
}
