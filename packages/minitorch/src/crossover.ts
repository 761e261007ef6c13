/**
 * From which size on one device is faster than another.
 *
 * A GPU is told what to do in tens of microseconds and then does it fast, a CPU begins at once. Where
 * they meet depends on the machine, so it is measured: products, convolutions and steps of training
 * of growing size, until the faster device takes some time for them.
 */
import { type Backend, notesOf, registerBackend } from "@mt/backend";
import { mseLoss } from "@mt/nn";
import { conv2d, grad, ones, realize, type Tensor } from "@mt/tensor";

/** What both took for work of some size. */
export interface CrossoverPoint {
  readonly size: number;
  /** Milliseconds on the device, and on the one it is compared with. */
  readonly times: readonly [number, number];
}
export interface CrossoverRow {
  readonly work: string;
  readonly points: readonly CrossoverPoint[];
  /** From this size on the device is the faster one; null: at no size that was tried. */
  readonly from: number | null;
}

/** What was measured; as text, a line for each kind of work. */
export class Crossover {
  readonly device: string;
  readonly against: string;
  readonly rows: readonly CrossoverRow[];

  /** `measureCrossover` makes them. */
  constructor(device: string, against: string, rows: readonly CrossoverRow[]) {
    this.device = device;
    this.against = against;
    this.rows = rows;
  }

  toString(): string {
    return this.rows.map((row) => this.#line(row)).join("\n");
  }
  #line({ work, points, from }: CrossoverRow): string {
    const last = points.at(-1) as CrossoverPoint;
    const [own, other] = last.times.map((time) => `${time.toPrecision(3)} ms`);
    const beside = `at ${last.size}: ${own}, and ${other} on "${this.against}"`;
    return from === null
      ? `${work}: "${this.against}" is faster up to ${last.size}; ${beside}`
      : `${work}: "${this.device}" is faster from ${from} on; ${beside}`;
  }
}

type Run = () => void;
/** What is timed, and what it keeps alive. */
interface Prepared {
  readonly run: Run;
  readonly tensors: readonly Tensor[];
}
/** Work by size, on the device that new tensors live on. */
interface Work {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly prepare: (size: number) => Prepared;
}

const doubling = (from: number, to: number): number[] =>
  from > to ? [] : [from, ...doubling(2 * from, to)];
const run =
  (f: () => Tensor): Run =>
  () => {
    using y = f();
    realize(y);
  };
const works: readonly Work[] = [
  {
    name: "products of n × n",
    sizes: doubling(32, 4096),
    prepare: (n) => {
      const x = ones([n, n]);
      return { run: run(() => x.matmul(x)), tensors: [x] };
    },
  },
  {
    name: "convolutions of n images, 16 × 28 × 28 by 3 × 3",
    sizes: doubling(1, 256),
    prepare: (n) => {
      const [x, w] = [ones([n, 16, 28, 28]), ones([16, 16, 3, 3])];
      return { run: run(() => conv2d(x, w, { padding: 1 })), tensors: [x, w] };
    },
  },
  {
    name: "steps of training 784 → 256 → 10, n rows",
    sizes: doubling(8, 4096),
    prepare: (n) => {
      const [x, y] = [ones([n, 784]), ones([n, 10])];
      const weights = [ones([784, 256]), ones([256, 10])] as const;
      const gradients = grad(([first, second]: typeof weights) =>
        mseLoss(x.matmul(first).relu().matmul(second), y),
      );
      const step = (): void => {
        const [first, second] = gradients(weights);
        using updated = weights[0].sub(first.mul(1e-4));
        using last = weights[1].sub(second.mul(1e-4));
        realize(updated, last);
      };
      return { run: step, tensors: [x, y, ...weights] };
    },
  },
];

const now = (): number =>
  (globalThis as unknown as { performance: { now(): number } }).performance.now();

/** The best of three runs, after one that compiles. */
async function timeOn(backend: Backend, { prepare }: Work, size: number): Promise<number> {
  registerBackend(backend);
  const { run: work, tensors } = prepare(size);
  work();
  await backend.finish();
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const start = now();
    work();
    await backend.finish();
    best = Math.min(best, now() - start);
  }
  for (const x of tensors) x.dispose();
  return best;
}

/**
 * Measures from which size on a device is faster than another; `explain` tells it from then on. Sizes
 * grow until the faster one takes `milliseconds`, 100 by default. The device is left as the one that
 * new tensors live on.
 * @example
 * const crossover = await measureCrossover(getBackend("reference"), cpuThreads(), { milliseconds: 1 });
 * crossover.rows.length; // 3
 */
export async function measureCrossover(
  device: Backend,
  against: Backend,
  { milliseconds = 100 }: { readonly milliseconds?: number } = {},
): Promise<Crossover> {
  const rows: CrossoverRow[] = [];
  for (const work of works) {
    const points: CrossoverPoint[] = [];
    for (const size of work.sizes) {
      const other = await timeOn(against, work, size);
      const own = await timeOn(device, work, size);
      points.push({ size, times: [own, other] });
      if (Math.min(own, other) > milliseconds || Math.max(own, other) > 5 * milliseconds) break;
    }
    rows.push({ work: work.name, points, from: crossing(points) });
  }
  registerBackend(device);
  const crossover = new Crossover(device.name, against.name, rows);
  notesOf(device).set("crossover", String(crossover));
  return crossover;
}

/** The first size from which on the device is the faster one at all sizes. */
function crossing(points: readonly CrossoverPoint[]): number | null {
  const lost = points.findLastIndex(({ times: [own, other] }) => own >= other);
  return points[lost + 1]?.size ?? null;
}
