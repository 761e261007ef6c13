/** Module 3.38 — Laws of buffers. */
import type { Backend } from "../../backend.ts";
import type { Kernel } from "../../kernel.ts";
import { direct, type Law, must } from "../law.ts";
import { expectValues, input, plusScalar, program, step, upload } from "./programs.ts";
import { rowTrial } from "./scatters.ts";

export const bytesOf = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => i * 7 + 1);
const same = (x: Uint8Array, y: Uint8Array): boolean => x.join() === y.join();

/** Something compiled, with buffers for it. */
export function prepared(backend: Backend): {
  readonly executable: ReturnType<Backend["compile"]>;
  readonly from: ReturnType<Backend["allocate"]>;
  readonly to: ReturnType<Backend["allocate"]>;
} {
  const executable = backend.compile(program(backend, [step(0, 1, plusScalar)], []));
  return { executable, from: upload(backend, input), to: upload(backend, input) };
}
export const one: Float64Array = Float64Array.of(1);

export const memory: readonly Law[] = direct([
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
      const [update] = rowTrial("set", "f32", [1], [0], [2]).kernels as readonly [Kernel];
      must(backend.claims(update), "it must claim scatters");
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
    check: async ({ backend, account }) => {
      if (!backend.readSync) return account.skipped();
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
]);
