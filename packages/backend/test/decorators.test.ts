import { argument, call, constant, type DType } from "@mt/operators";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Backend,
  type Buffer,
  check,
  Decorator,
  type Kernel,
  kernelText,
  type LoopKernel,
  type Program,
  programText,
  record,
  referenceBackend,
  type ScatterKernel,
  validateProgram,
} from "../src/index.ts";
import { loopTrial } from "../src/testing/arbitrary.ts";
import { programOf } from "../src/testing/trial.ts";
import { conform } from "../src/testing.ts";

const x = argument(0, "f32");
const read = { kind: "read", slot: 0, dtype: "f32", guards: [], fill: 0 } as const;
const twice: LoopKernel = {
  kind: "loop",
  outer: [4],
  inner: [],
  inputs: [{ ...read, offset: 0, strides: [1] }],
  folds: [],
  stores: [
    { slot: 1, dtype: "f32", inside: false, offset: 0, strides: [1], body: call("mul", x, 2) },
  ],
};
const program = (kernels: readonly Kernel[], bytes = 16): Program => ({
  kernels,
  slots: [
    { role: "argument", bytes },
    { role: "result", bytes: 16 },
  ],
  arenas: [],
  scalars: [],
});
const run = (backend: Backend, built: Program, ...buffers: Buffer[]): void =>
  backend.compile(built).run(buffers, new Float64Array());

describe("a decorator", () => {
  it("has what a device need not have where the inner device has it", () => {
    const inner = referenceBackend();
    expect(new Decorator(inner).describe).toBeUndefined();
    const built = program([twice]);
    Object.assign(inner, {
      describe: (asked: Program) => asked.kernels.map(() => [{ facts: { threads: 1 } }]),
    });
    expect(check(record(inner)).describe?.(built)).toEqual([[{ facts: { threads: 1 } }]]);
  });
});

describe("record", () => {
  it("keeps programs, runs, kernels and bytes", () => {
    const device = record(referenceBackend());
    const [a, b] = [device.allocate(16), device.allocate(16)];
    const executable = device.compile(program([twice]));
    executable.run([a, b], new Float64Array());
    executable.run([a, b], new Float64Array());
    expect(device.programs.length).toBe(1);
    expect(device.kernels).toEqual([twice, twice]);
    expect([device.allocated, device.allocations]).toEqual([32, 2]);
    device.clear();
    expect([device.runs.length, device.programs.length, device.allocated]).toEqual([0, 0, 0]);
  });
  it("changes nothing", async () => {
    const chapters = ["memory", "refusals", "programs"];
    expect((await conform(record(referenceBackend()), { chapters })).failures).toEqual([]);
  });
});

/** One that nobody knows. */
const quarter = "f8" as DType;

describe("check", () => {
  it("finds nothing wrong with sound programs", async () => {
    const { failures } = await conform(check(referenceBackend()), {
      runs: 20,
      chapters: ["memory", "refusals", "programs", "casts", "argsort"],
    });
    expect(failures).toEqual([]);
  });

  const change = (changes: Partial<LoopKernel>): LoopKernel => ({ ...twice, ...changes });
  const [store] = twice.stores as [LoopKernel["stores"][number]];
  const [input] = twice.inputs as [LoopKernel["inputs"][number]];
  const wrong: Readonly<Record<string, Program>> = {
    "an address past the end": program([twice], 12),
    "a negative address": program([change({ inputs: [{ ...read, offset: -1, strides: [1] }] })]),
    "a guard that lets too much in": program([
      change({
        inputs: [
          { ...read, offset: 0, strides: [2], guards: [{ offset: 0, strides: [2], extent: 6 }] },
        ],
      }),
    ]),
    "a slot that is missing": program([change({ stores: [{ ...store, slot: 5 }] })]),
    "a kernel that reads what it stores": program([change({ stores: [{ ...store, slot: 0 }] })]),
    "two points with one place": program([change({ stores: [{ ...store, strides: [0] }] })]),
    "an argument that is missing": program([
      change({ stores: [{ ...store, body: argument(1, "f32") }] }),
    ]),
    "an argument of another dtype": program([
      change({ stores: [{ ...store, body: argument(0, "i32"), dtype: "i32" }] }),
    ]),
    "a store of another dtype": program([change({ stores: [{ ...store, dtype: "i32" }] })]),
    "a store outside that moves inside": program([
      change({
        inner: [2],
        inputs: [{ ...read, offset: 0, strides: [0, 1] }],
      }),
    ]),
    "a dtype the device lacks": program([
      change({ stores: [{ ...store, dtype: quarter, body: argument(0, quarter) }] }),
    ]),
    "a scalar that is missing": program([
      change({ inputs: [input, { kind: "scalar", index: 0, dtype: "f32" }] }),
    ]),
    "a temporary outside its arena": {
      ...program([twice]),
      slots: [{ role: "temporary", bytes: 16, arena: 0, offset: 8 }],
      arenas: [16],
    },
  };
  it("names the kernel and what is wrong with it", () => {
    const device = check(referenceBackend());
    const messages = Object.entries(wrong).map(([what, built]) => {
      try {
        device.compile(built);
        return `${what}: nothing`;
      } catch (error) {
        return `${what}: ${(error as { cause: string }).cause}`;
      }
    });
    expect(messages.join("\n")).toMatchInlineSnapshot(`
      "an address past the end: compile: kernel 0 (loop): reaches element 3 of slot 0, which has 3.
      a negative address: compile: kernel 0 (loop): reaches element -1 of slot 0, which has 4.
      a guard that lets too much in: compile: kernel 0 (loop): reaches element 4 of slot 0, which has 4 at point [2].
      a slot that is missing: compile: kernel 0 (loop): slot 5 is missing.
      a kernel that reads what it stores: compile: kernel 0 (loop): reads slot 0 and stores to it.
      two points with one place: compile: kernel 0 (loop): two points store to element 0 of slot 1.
      an argument that is missing: compile: kernel 0 (loop): the store to slot 1 uses argument 1 of 1.
      an argument of another dtype: compile: kernel 0 (loop): the store to slot 1 takes argument 0 as i32; it is f32.
      a store of another dtype: compile: kernel 0 (loop): stores f32 as i32 to slot 1.
      a store outside that moves inside: compile: kernel 0 (loop): a store outside uses input 0, which moves along inner axes.
      a dtype the device lacks: compile: kernel 0 (loop): the store to slot 1 is f8, which "reference" does not know.
      a scalar that is missing: compile: kernel 0 (loop): scalar 0 is missing, read as f32.
      a temporary outside its arena: compile: slot 0 leaves its arena of 16 bytes."
    `);
  });

  const gather: LoopKernel = {
    ...twice,
    inputs: [
      { kind: "read", slot: 0, dtype: "i32", guards: [], fill: 0, offset: 0, strides: [1] },
      { ...read, offset: 0, strides: [0], indirect: { input: 0, stride: 1, extent: 4 } },
    ],
    stores: [{ ...store, body: argument(1, "f32") }],
  };
  const scatter: ScatterKernel = {
    kind: "scatter",
    outer: [4],
    inner: [4],
    inputs: [
      { ...read, offset: 0, strides: [1] },
      { kind: "read", slot: 0, dtype: "i32", guards: [], fill: 0, offset: 0, strides: [1] },
    ],
    base: 0,
    at: 1,
    stride: 1,
    extent: 4,
    monoid: "set",
    value: constant(1, "f32"),
    target: { offset: 0, strides: [0] },
    store: { slot: 1, dtype: "f32", offset: 0, strides: [1] },
  };
  for (const kernel of [gather, scatter])
    it(`reports positions out of range in a ${kernel.kind}`, async () => {
      const device = check(referenceBackend());
      const [positions, to] = [device.allocate(16), device.allocate(16)];
      device.write(positions, new Uint8Array(Int32Array.of(0, 3, 1, 2).buffer));
      run(device, program([kernel]), positions, to);
      device.write(positions, new Uint8Array(Int32Array.of(0, 4, -1, 2).buffer));
      expect(() => run(device, program([kernel]), positions, to)).toThrow(
        "run: kernel 0 looks up 2 positions outside 0 … 3.",
      );
    });
  it("reports them at the next read on a device that cannot wait", async () => {
    const waiting = new Decorator(referenceBackend());
    Object.defineProperty(waiting, "readSync", { value: undefined });
    const device = check(waiting);
    const [positions, to] = [device.allocate(16), device.allocate(16)];
    device.write(positions, new Uint8Array(Int32Array.of(0, 9, 1, 2).buffer));
    run(device, program([gather]), positions, to);
    await expect(device.read(to)).rejects.toThrow("looks up 1 position outside 0 … 3.");
    expect((await device.read(to)).length).toBe(16);
  });
  it("lets every random kernel of the conformance suite pass", () => {
    const device = referenceBackend();
    const dtypes = [...device.dtypes.keys()];
    fc.assert(
      fc.property(loopTrial({ dtypes }), (trial) =>
        validateProgram(programOf(trial, device), device),
      ),
    );
  });
  it("refuses a result that shares memory with an argument", () => {
    const device = check(referenceBackend());
    const buffer = device.allocate(16);
    expect(() => run(device, program([twice]), buffer, buffer)).toThrow("shares memory");
  });
});

describe("the text of a kernel", () => {
  it("is one line per input, fold and store", () => {
    const sum = call("add", x, argument(1, "f32"));
    const softmax: LoopKernel = {
      kind: "loop",
      outer: [2],
      inner: [3],
      inputs: [
        {
          ...read,
          offset: -1,
          strides: [3, 1],
          guards: [{ offset: -1, strides: [0, 1], extent: 3 }],
        },
      ],
      folds: [
        {
          monoid: { name: "max", combine: call("max", x, argument(1, "f32")), identity: -Infinity },
          body: x,
        },
        {
          monoid: { name: "sum", combine: sum, identity: 0 },
          body: call("exp", call("sub", x, argument(1, "f32"))),
        },
      ],
      stores: [
        {
          slot: 1,
          dtype: "f32",
          inside: true,
          offset: 0,
          strides: [3, 1],
          body: call("div", call("exp", call("sub", x, argument(1, "f32"))), argument(2, "f32")),
        },
      ],
    };
    expect(kernelText(softmax)).toMatchInlineSnapshot(`
      "loop [2 | 3]
        x0 = f32 s0[3·i0 + k0 - 1] if 0 ≤ k0 - 1 < 3 else 0
        f0 = max x0
        f1 = sum exp(x0 - f0)
        f32 s1[3·i0 + k0] inside = exp(x0 - f0) / f1"
    `);
  });
  it("writes a shared part once", () => {
    const square = call("mul", call("exp", x), call("exp", x));
    const body = call("add", call("add", square, 1), square);
    const [store] = twice.stores as [LoopKernel["stores"][number]];
    expect(
      programText(program([{ ...twice, stores: [{ ...store, body }] }])),
    ).toMatchInlineSnapshot(`
      "s0: argument, 16 bytes
      s1: result, 16 bytes
      loop [4]
        x0 = f32 s0[i0]
        t0 = exp(x0)
        t1 = t0 · t0
        f32 s1[i0] = t1 + 1 + t1"
    `);
  });
});
