/** How long a device takes: the time of many runs, once it is warm and has chosen its kernels. */
import type { Backend, Buffer, Program } from "@mt/backend";

/** How long a measurement lasts, and a single run may. */
export interface Budget {
  readonly milliseconds: number;
  readonly longest: number;
}

/** Milliseconds of one `run`, given that `finish` waits for all of them. */
export async function timeOf(
  run: () => void,
  finish: () => Promise<void>,
  budget: Budget,
): Promise<number> {
  run();
  await finish(); // compiles, and measures what there is to choose among
  let start = performance.now();
  run();
  await finish();
  const once = performance.now() - start;
  if (once > budget.milliseconds) return once;
  const runs = Math.max(1, Math.min(1000, Math.round(budget.milliseconds / once)));
  start = performance.now();
  for (let i = 0; i < runs; i++) run();
  await finish();
  return (performance.now() - start) / runs;
}

/** Milliseconds of a program on memory of its own, filled with small numbers. */
export async function timeProgram(
  backend: Backend,
  program: Program,
  budget: Budget,
): Promise<number> {
  const executable = backend.compile(program);
  const buffers = program.slots.map(({ bytes }) => filled(backend, bytes));
  try {
    const run = (): void => executable.run(buffers, new Float64Array());
    return await timeOf(run, () => backend.finish(), budget);
  } finally {
    for (const buffer of buffers) backend.free(buffer);
    executable[Symbol.dispose]();
  }
}

/** As f32 between 0.5 and 1; as two halves, too, numbers below 2. */
const words = Uint32Array.from({ length: 2 ** 20 }, (_, i) => 0x3f003800 + ((i * 7919) % 509));
const chunk = new Uint8Array(words.buffer);

function filled(backend: Backend, bytes: number): Buffer {
  const buffer = backend.allocate(bytes);
  for (let at = 0; at < bytes; at += chunk.length)
    backend.write(buffer, chunk.subarray(0, Math.min(chunk.length, bytes - at)), at);
  return buffer;
}
