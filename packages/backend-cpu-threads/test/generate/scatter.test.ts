/** Scattering keeps its order wherever updates may meet. */
import { type Backend, referenceBackend, type ScatterKernel } from "@mt/backend";
import { argument, call } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { cpuThreads } from "../../src/index.ts";

const size = (box: readonly number[]): number => box.reduce((n, x) => n * x, 1);

/** Updates of a box go to target · index + stride · position of the first axis. */
function scattered(
  backend: Backend,
  inner: readonly number[],
  target: readonly number[],
  monoid: "set" | "add",
): number[] {
  const plain = { kind: "read", offset: 0, guards: [], fill: 0 } as const;
  const lines = inner.map((_, axis) => size(inner.slice(axis + 1)));
  const reach = inner.reduce((sum, n, axis) => sum + (n - 1) * (target[axis] as number), 0);
  const length = reach + 4;
  const [x, y] = [argument(0, "f32"), argument(1, "f32")];
  const kernel: ScatterKernel = {
    kind: "scatter",
    outer: [length],
    inner,
    inputs: [
      { ...plain, slot: 0, dtype: "f32", strides: [1] },
      { ...plain, slot: 1, dtype: "i32", strides: inner.map((_, axis) => Number(axis === 0)) },
      { ...plain, slot: 2, dtype: "f32", strides: lines },
    ],
    base: 0,
    at: 1,
    stride: 1,
    extent: 4,
    monoid: monoid === "set" ? "set" : { name: "add", combine: call("add", x, y), identity: 0 },
    value: argument(2, "f32"),
    target: { offset: 0, strides: target },
    store: { slot: 3, dtype: "f32", offset: 0, strides: [1] },
  };
  const bytes = [4 * length, 4 * (inner[0] as number), 4 * size(inner), 4 * length];
  const data = [
    new Float32Array(length),
    Int32Array.from({ length: inner[0] as number }, (_, i) => (i * 7) % 5), // 4 is outside
    Float32Array.from({ length: size(inner) }, (_, i) => i + 1),
  ];
  const executable = backend.compile({
    kernels: [kernel],
    slots: bytes.map((n, i) => ({ role: i < 3 ? "argument" : "result", bytes: n })),
    arenas: [],
    scalars: [],
  });
  const buffers = bytes.map((n) => backend.allocate(n));
  data.forEach((x, i) => {
    backend.write(buffers[i] as (typeof buffers)[number], new Uint8Array(x.buffer));
  });
  executable.run(buffers, new Float64Array());
  const result = backend.readSync?.(buffers[3] as (typeof buffers)[number]) as Uint8Array;
  return [...new Float32Array(result.buffer, result.byteOffset, length)];
}

describe.each(["set", "add"] as const)("%s", (monoid) => {
  test.each([
    ["columns of a table", [5, 8], [0, 4]],
    ["columns, not a multiple of four", [5, 7], [0, 4]],
    ["two columns", [9, 2], [0, 4]],
    ["diagonals, whose updates meet", [5, 8], [1, 1]],
    ["planes", [4, 3, 6], [0, 24, 4]],
    ["planes that overlap", [4, 3, 6], [0, 8, 4]],
    ["one place", [6, 5], [0, 0]],
  ] as const)("%s", (_, inner, target) => {
    const wanted = scattered(referenceBackend(), inner, target, monoid);
    expect(scattered(cpuThreads(), inner, target, monoid)).toEqual(wanted);
  });
});
