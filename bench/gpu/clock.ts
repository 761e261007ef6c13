/** How long a device takes: the time of many runs, once it is warm and has chosen its kernels. */
import type { Backend, Buffer, Program } from "@mt/backend";
import { bytes as pattern } from "./pattern.ts";

/** How long a measurement lasts, and a single run may. */
export interface Budget {
  readonly milliseconds: number;
  readonly longest: number;
}

/** Milliseconds of one `run`, given that `finish` waits for all of them; one that waits by itself is awaited. */
export async function timeOf(
  run: () => void | Promise<void>,
  finish: () => Promise<void>,
  budget: Budget,
): Promise<number> {
  await run();
  await finish(); // compiles, and measures what there is to choose among
  let start = performance.now();
  await run();
  await finish();
  const once = performance.now() - start;
  if (once > budget.milliseconds) return once;
  const runs = Math.max(1, Math.min(1000, Math.round(budget.milliseconds / once)));
  start = performance.now();
  for (let i = 0; i < runs; i++) {
    const waiting = run();
    if (waiting) await waiting;
  }
  await finish();
  return (performance.now() - start) / runs;
}

/** Reads some bytes of a slot. */
export type Look = (slot: number, offset: number, bytes: number) => Promise<Uint8Array>;

/** Milliseconds of a program on memory of its own, once `check` has looked at what it computes. */
export async function timeProgram(
  backend: Backend,
  program: Program,
  budget: Budget,
  check: (look: Look) => Promise<void>,
): Promise<number> {
  const executable = backend.compile(program);
  const buffers = program.slots.map(({ bytes }) => filled(backend, bytes));
  try {
    const run = (): void => executable.run(buffers, new Float64Array());
    run();
    await check((slot, offset, bytes) => {
      const buffer = buffers[slot] as Buffer;
      return backend.read({ ...buffer, offset: buffer.offset + offset, bytes });
    });
    return await timeOf(run, () => backend.finish(), budget);
  } finally {
    for (const buffer of buffers) backend.free(buffer);
    executable[Symbol.dispose]();
  }
}

function filled(backend: Backend, bytes: number): Buffer {
  const buffer = backend.allocate(bytes);
  for (let at = 0; at < bytes; at += pattern.length)
    backend.write(buffer, pattern.subarray(0, Math.min(pattern.length, bytes - at)), at);
  return buffer;
}
