/** Module 3.27 — Laws of buffers and of errors. */
import type { Backend } from "../../backend.ts";
import { referenceBackend } from "../../reference/device.ts";
import { type Law, must, mustThrow } from "../law.ts";
import { expectValues, input, plusScalar, program, step, upload } from "./programs.ts";

const bytesOf = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => i * 7 + 1);
const same = (x: Uint8Array, y: Uint8Array): boolean => x.join() === y.join();

/** Something compiled, with buffers for it. */
function prepared(backend: Backend): {
  readonly executable: ReturnType<Backend["compile"]>;
  readonly from: ReturnType<Backend["allocate"]>;
  readonly to: ReturnType<Backend["allocate"]>;
} {
  const executable = backend.compile(program(backend, [step(0, 1, plusScalar)], []));
  return { executable, from: upload(backend, input), to: upload(backend, input) };
}
const one = Float64Array.of(1);

export const memory: readonly Law[] = [
  {
    name: "says what it is: a name, protocol 1, whole limits, f32 and i32; it claims loops and scatters",
    check: async ({ backend }) => {
      must(backend.name.length > 0, "a backend must have a name");
      must(backend.protocol === 1, "protocol must be 1");
      for (const [name, limit] of Object.entries(backend.limits))
        must(Number.isInteger(limit) && limit > 0, `limits.${name} must be whole and positive`);
      for (const dtype of ["f32", "i32", "bool"] as const)
        must(backend.dtypes.has(dtype), `it must know ${dtype}`);
      must(backend.claims(step(0, 1, plusScalar)), "it must claim loops");
    },
  },
  {
    name: "reads back what was written, whole and in part",
    check: async ({ backend }) => {
      for (const size of [0, 4, 68, 4100]) {
        const buffer = backend.allocate(size);
        const bytes = bytesOf(size);
        backend.write(buffer, bytes);
        must(same(await backend.read(buffer), bytes), `${size} bytes must read back as written`);
        if (size >= 68) {
          backend.write(buffer, bytesOf(8), 12);
          bytes.set(bytesOf(8), 12);
          must(
            same(await backend.read(buffer), bytes),
            "a write at an offset must change its part",
          );
        }
        backend.free(buffer);
      }
    },
  },
  {
    name: "gives copies: changing what was read or written changes nothing on the device",
    check: async ({ backend }) => {
      const buffer = backend.allocate(16);
      const bytes = bytesOf(16);
      backend.write(buffer, bytes);
      bytes.fill(0);
      (await backend.read(buffer)).fill(0);
      must(same(await backend.read(buffer), bytesOf(16)), "a buffer must not share host memory");
      backend.free(buffer);
    },
  },
  {
    name: "reads at once what it reads later, where it can",
    check: async ({ backend }) => {
      if (!backend.readSync) return;
      const { executable, from, to } = prepared(backend);
      executable.run([from, to], one);
      const now = backend.readSync(to);
      must(same(now, await backend.read(to)), "readSync must give the bytes of read");
    },
  },
  {
    name: "keeps buffers apart, also after some were freed",
    check: async ({ backend }) => {
      const buffers = Array.from({ length: 8 }, (_, i) => upload(backend, [i, i, i]));
      for (const i of [1, 4, 6]) backend.free(buffers[i] as (typeof buffers)[number]);
      const more = Array.from({ length: 6 }, (_, i) => upload(backend, [100 + i, 0, 1]));
      for (const [i, buffer] of buffers.entries())
        if (![1, 4, 6].includes(i)) await expectValues(backend, buffer, [i, i, i], `buffer ${i}`);
      for (const [i, buffer] of more.entries())
        await expectValues(backend, buffer, [100 + i, 0, 1], `later buffer ${i}`);
    },
  },
  {
    name: "orders writes, runs and reads as they were asked for",
    check: async ({ backend }) => {
      const { executable, from, to } = prepared(backend);
      executable.run([from, to], one);
      const before = backend.read(to);
      backend.write(from, new Uint8Array(from.bytes));
      executable.run([from, to], one);
      must(
        same(await before, new Uint8Array(Float32Array.of(2, 3, 4, 5, 6).buffer)),
        "a read sees the runs before it only",
      );
      await expectValues(backend, to, [1, 1, 1, 1, 1], "a run after a write");
      await backend.finish();
    },
  },
  {
    name: "refuses buffers that were freed, and to free one twice",
    check: async ({ backend }) => {
      const { executable, from, to } = prepared(backend);
      const gone = upload(backend, input);
      backend.free(gone);
      await mustThrow("read after free", "freed-buffer", () => backend.read(gone));
      await mustThrow("write after free", "freed-buffer", () => backend.write(gone, bytesOf(4)));
      await mustThrow("a run on a freed buffer", "freed-buffer", () =>
        executable.run([gone, to], one),
      );
      await mustThrow("a second free", "freed-buffer", () => backend.free(gone));
      executable.run([from, to], one);
      await expectValues(backend, to, [2, 3, 4, 5, 6], "a run after refused ones");
    },
  },
  {
    name: "refuses buffers of another device",
    check: async ({ backend }) => {
      const { executable, to } = prepared(backend);
      const foreign = upload(referenceBackend({ name: "elsewhere" }), input);
      await mustThrow("a run on a foreign buffer", "foreign-buffer", () =>
        executable.run([foreign, to], one),
      );
      await mustThrow("reading a foreign buffer", "foreign-buffer", () => backend.read(foreign));
    },
  },
  {
    name: "refuses writes past the end, buffers that are too small, and too few of them",
    check: async ({ backend }) => {
      const { executable, from, to } = prepared(backend);
      const small = backend.allocate(8);
      await mustThrow("a write past the end", "outside-buffer", () =>
        backend.write(from, bytesOf(16), 8),
      );
      await mustThrow("a write before the start", "outside-buffer", () =>
        backend.write(from, bytesOf(4), -4),
      );
      await mustThrow("a run on a small buffer", "outside-buffer", () =>
        executable.run([from, small], one),
      );
      await mustThrow("a run without its result", "wrong-run", () => executable.run([from], one));
      await mustThrow("a run without its numbers", "wrong-run", () =>
        executable.run([from, to], new Float64Array()),
      );
      await expectValues(backend, from, input, "a buffer after refused writes");
      await expectValues(backend, to, input, "a result after refused runs");
    },
  },
  {
    name: "refuses sizes that make no sense, and runs after disposal",
    check: async ({ backend }) => {
      for (const size of [-1, 0.5, Number.NaN])
        await mustThrow(`allocate(${size})`, "out-of-memory", () => backend.allocate(size));
      const { executable, from, to } = prepared(backend);
      executable[Symbol.dispose]();
      await mustThrow("a run after disposal", "disposed", () => executable.run([from, to], one));
    },
  },
];
