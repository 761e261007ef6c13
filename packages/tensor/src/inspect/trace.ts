/**
 * Module 2.33 — How long each kernel takes.
 *
 * While `trace` listens, a program runs twice: once to be compiled and warm, once to be timed, by the
 * device's own clock if it has one; else kernel by kernel over the same memory, waiting for each. A
 * kernel never reads what it stores, so it can run again.
 */
import { type Backend, type Buffer, type Executable, poolOf, slotsOf } from "@mt/backend";
import { checkFunction, TensorError } from "../errors.ts";
import { realize } from "../functions.ts";
import { probing, type Running } from "../graph/probes.ts";
import { tensorsOf } from "../transforms-trees.ts";
import { headOf, namesText } from "./explain.ts";
import { amount } from "./names.ts";
import { type KernelReport, type ProgramReport, reportOf } from "./report.ts";

/** One run of one kernel; times in milliseconds since tracing began. */
export interface Span {
  readonly kernel: KernelReport;
  /** Which program run it belongs to, from 0. */
  readonly run: number;
  readonly device: string;
  readonly start: number;
  readonly duration: number;
}
interface Row {
  readonly kernel: KernelReport;
  readonly count: number;
  readonly duration: number;
}

const now = (): number =>
  (globalThis as unknown as { performance: { now(): number } }).performance.now();

export class Trace {
  readonly spans: readonly Span[];

  /** `trace` makes them. */
  constructor(spans: readonly Span[]) {
    this.spans = spans;
  }

  /** Milliseconds in kernels. */
  get duration(): number {
    return this.spans.reduce((n, { duration }) => n + duration, 0);
  }

  /** A row for each kernel, equal ones of all runs together, the slowest first. */
  toString(): string {
    const total = this.duration;
    const rows = byKernel(this.spans).map(({ kernel, count, duration }) => {
      const rate = (x: number): number => (duration > 0 ? (x * count * 1000) / duration : 0);
      return [
        duration.toFixed(3),
        `${((100 * duration) / (total || 1)).toFixed(1)} %`,
        String(count),
        amount(rate(kernel.bytesRead + kernel.bytesWritten), "B/s"),
        amount(rate(kernel.operations), "op/s"),
        `${headOf(kernel)}: ${namesText(kernel.operationNames) || "copy"}`,
      ];
    });
    const sum = `${total.toFixed(3)} ms in ${this.spans.length} kernels`;
    return [sum, ...aligned([["ms", "share", "runs", "memory", "work", "kernel"], ...rows])].join(
      "\n",
    );
  }

  /** The spans as JSON for `chrome://tracing`, Perfetto, Speedscope; times in microseconds. */
  chromeTrace(): string {
    const traceEvents = this.spans.map(({ kernel, run, device, start, duration }) => ({
      name: namesText(kernel.operationNames) || "copy",
      cat: kernel.kernel.kind,
      ph: "X",
      pid: 1,
      tid: device,
      ts: start * 1000,
      dur: duration * 1000,
      args: {
        run,
        kernel: kernel.text,
        bytesRead: kernel.bytesRead,
        bytesWritten: kernel.bytesWritten,
        operations: kernel.operations,
      },
    }));
    return JSON.stringify({ traceEvents, displayTimeUnit: "ms" });
  }
}

/** What `console.log` shows in Node. */
Object.defineProperty(Trace.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Trace): string {
    return this.toString();
  },
});

function byKernel(spans: readonly Span[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { kernel, duration } of spans) {
    const key = `${kernel.index} ${kernel.operationNames} ${kernel.text}`;
    const row = rows.get(key) ?? { kernel, count: 0, duration: 0 };
    rows.set(key, { kernel, count: row.count + 1, duration: row.duration + duration });
  }
  return [...rows.values()].sort((a, b) => b.duration - a.duration);
}

/** Columns of equal width, numbers to the right, the last one as it is. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, k) =>
    Math.max(...rows.map((row) => (row[k] as string).length)),
  );
  return rows.map((row) =>
    row
      .map((cell, k) => (k === row.length - 1 ? cell : cell.padStart(widths[k] as number)))
      .join("  "),
  );
}

/**
 * Runs `f`, which may wait, and times each kernel that runs meanwhile, or computes what it returns.
 * @throws TensorError on devices that cannot wait for a kernel.
 * @example
 * const timed = await trace(() => tensor([1, 2, 3]).exp().sum().data());
 * timed.spans.map(({ kernel }) => kernel.operationNames); // [["exp", "sum"]]
 */
export async function trace(f: () => unknown): Promise<Trace> {
  checkFunction("trace", f);
  const runs: (Timed[] | Promise<Timed[]>)[] = [];
  const devices: string[] = [];
  const began = now();
  const running = (run: Running): boolean => {
    devices.push(run.backend.name);
    const report = reportOf(run);
    runs.push(timedByDevice(run, report) ?? timed(run, report));
    return true;
  };
  await probing({ running }, async () => {
    const results = tensorsOf(await f()).map(({ x }) => x);
    if (results.length > 0) realize(...results);
  });
  let last = 0; // spans of a device that works on its own follow one another, too
  const spans = (await Promise.all(runs)).flatMap((list, run) =>
    list.map(({ kernel, start, duration }): Span => {
      const from = Math.max(last, start - began);
      last = from + duration;
      return { kernel, run, device: devices[run] as string, start: from, duration };
    }),
  );
  return new Trace(spans);
}
type Timed = Pick<Span, "kernel" | "start" | "duration">;

/** Whether what a device compiles can be timed: asked of nothing. */
function hasClock(backend: Backend): boolean {
  using nothing = backend.compile({ kernels: [], slots: [], arenas: [], scalars: [] });
  return nothing.time !== undefined;
}
/** By the device's clock; null where it has none. */
function timedByDevice(
  { backend, buffers, scalars }: Running,
  { program, kernels }: ProgramReport,
): Promise<Timed[]> | null {
  if (!hasClock(backend)) return null;
  const executable = backend.compile(program) as Required<Executable>;
  executable.run(buffers, scalars);
  const start = now();
  return executable
    .time(buffers, scalars)
    .then((times) => kernels.map((kernel, i) => ({ kernel, start, duration: times[i] as number })))
    .finally(() => executable[Symbol.dispose]());
}

function timed(
  { backend, buffers, scalars }: Running,
  { program, kernels }: ProgramReport,
): Timed[] {
  const { readSync } = backend;
  if (!readSync)
    throw new TensorError(
      "host",
      "trace",
      `"${backend.name}" cannot wait for a kernel: trace on another device.`,
    );
  const pool = poolOf(backend);
  const own: Buffer[] = [];
  try {
    let bound = 0;
    const slots = program.slots.map((slot) => {
      if (slot.role !== "temporary") return buffers[bound++] as Buffer;
      const buffer = pool.allocate(slot.bytes, "traced temporary");
      own.push(buffer);
      return buffer;
    });
    const fence = pool.allocate(64, "fence");
    own.push(fence);
    const wait = (): void => void readSync.call(backend, fence);
    return kernels.map((kernel) => {
      const single = alone(kernel, program, backend);
      try {
        single.run(slots, scalars);
        wait();
        const start = now();
        single.run(slots, scalars);
        wait();
        return { kernel, start, duration: now() - start };
      } finally {
        single[Symbol.dispose]();
      }
    });
  } finally {
    for (const buffer of own) pool.free(buffer);
  }
}

/** A program of one kernel, to which all memory is given from outside. */
function alone(
  { kernel }: KernelReport,
  { slots, scalars }: ProgramReport["program"],
  backend: Backend,
): Executable {
  const stored = new Set(slotsOf(kernel).stores);
  const bound = slots.map(({ bytes }, k) => ({
    role: stored.has(k) ? ("result" as const) : ("argument" as const),
    bytes,
  }));
  return backend.compile({ kernels: [kernel], slots: bound, arenas: [], scalars });
}
