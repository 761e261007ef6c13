import { argument, call, type DType } from "@mt/operators";
import { describe, expect, it } from "vitest";
import {
  type Backend,
  kernelKey,
  type LoopKernel,
  localize,
  type Program,
  poolOf,
  referenceBackend,
} from "../src/index.ts";

const x = argument(0, "f32");
const line = { offset: 0, strides: [1] };
const step = (from: number, to: number, factor = 2): LoopKernel => ({
  kind: "loop",
  outer: [4],
  inner: [],
  inputs: [{ kind: "read", slot: from, dtype: "f32", ...line, guards: [], fill: 0 }],
  folds: [],
  stores: [{ slot: to, dtype: "f32", inside: false, ...line, body: call("mul", x, factor) }],
});
const throughTemporary: Program = {
  kernels: [step(0, 2), step(2, 1)],
  slots: [
    { role: "argument", bytes: 16 },
    { role: "result", bytes: 16 },
    { role: "temporary", bytes: 16, arena: 0, offset: 64 },
  ],
  arenas: [1024],
  scalars: [],
};
const run = (backend: Backend, program: Program): Float32Array => {
  const [from, to] = [backend.allocate(16), backend.allocate(16)];
  backend.write(from, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  backend.compile(program).run([from, to], new Float64Array());
  return new Float32Array(backend.readSync?.(to).buffer as ArrayBuffer);
};

describe("a program on the reference device", () => {
  it("borrows its arenas for the length of a run, so that programs share them", () => {
    const backend = referenceBackend();
    const pool = poolOf(backend);
    expect([...run(backend, throughTemporary)]).toEqual([4, 8, 12, 16]);
    expect([pool.live, pool.pooled]).toEqual([0, 1024]);
    run(backend, throughTemporary);
    run(backend, { ...throughTemporary, arenas: [1000] });
    expect([pool.live, pool.pooled]).toEqual([0, 1024]);
  });
  it("gives its arenas back when it fails, and runs again", () => {
    const backend = referenceBackend();
    const executable = backend.compile(throughTemporary);
    expect(() => executable.run([], new Float64Array())).toThrow("0 buffers for 2 slots");
    poolOf(backend).budget = 512;
    const buffers = [backend.allocate(16), backend.allocate(16)];
    expect(() => executable.run(buffers, new Float64Array())).toThrow("temporaries");
    poolOf(backend).budget = 4096;
    executable.run(buffers, new Float64Array());
    expect(poolOf(backend).live).toBe(0);
  });
  it("compiles nothing that was not claimed, and no dtype it lacks", () => {
    const backend = referenceBackend();
    const custom = { ...step(0, 1), kind: "custom", name: "fft", params: {} } as const;
    expect(backend.claims(custom)).toBe(false);
    expect(() =>
      backend.compile({ ...throughTemporary, kernels: [custom] }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: compile: "reference" does not run custom kernels. Ask claims(kernel) first and pass the loops it equals.]`,
    );
    const quarter = "f8" as DType; // of which nobody knows
    const body = argument(0, quarter);
    const [store] = step(0, 1).stores as [LoopKernel["stores"][number]];
    const kernel = { ...step(0, 1), stores: [{ ...store, dtype: quarter, body }] };
    expect(() =>
      backend.compile({ ...throughTemporary, kernels: [kernel] }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: compile: "reference" has no f8; it has f64, f32, f16, u32, i32, u8, bool. Cast, or use another backend.]`,
    );
  });
});

describe("the key of a kernel", () => {
  it("is one for kernels that differ in their slots only", () => {
    const key = (kernel: LoopKernel): string => kernelKey(localize(kernel).kernel);
    expect(key(step(0, 2))).toBe(key(step(7, 3)));
    expect(key(step(0, 2))).not.toBe(key(step(0, 2, 3)));
  });
  it("tells numbers apart that JSON does not", () => {
    const filled = (fill: number): string => {
      const kernel = step(0, 1);
      const inputs = kernel.inputs.map((input) => ({ ...input, fill }) as typeof input);
      return kernelKey({ ...kernel, inputs });
    };
    const keys = [Infinity, -Infinity, Number.NaN, 0, -0, 1].map(filled);
    expect(new Set(keys).size).toBe(6);
  });
});
