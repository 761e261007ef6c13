/**
 * Module 2.15b — Buffers of what nobody holds any more.
 *
 * Finalizers give them back. But a host collects garbage for the memory it knows of, and of a
 * gigabyte on a device it knows an object of a hundred bytes. So whenever a quarter of the room has
 * been taken it is made to collect; and reads wait for the finalizers, which run between tasks.
 */
import type { Buffer, BufferPool } from "@mt/backend";

/** By a name of our own, as bundlers leave out arrays that nothing reads. */
const { ArrayBuffer: Memory, setTimeout } = globalThis as unknown as {
  ArrayBuffer: ArrayBufferConstructor;
  setTimeout(task: () => void): void;
};

/** Frees buffers when nothing refers to the object any more that they were registered with. */
export class Net extends FinalizationRegistry<readonly Buffer[]> {
  /** Whether garbage was collected and finalizers have not run since. */
  pending: boolean = false;
  /** The fewest bytes seen in use since the last collection: who disposes of tensors lowers it too. */
  #floor = 0;

  constructor(pool: BufferPool) {
    super((buffers) => {
      for (const buffer of buffers) pool.free(buffer);
      this.pending = false; // the others run in the same task
      this.watch(pool); // before others take what came back
    });
  }

  /** Has garbage collected, if enough bytes have been taken since the last time. */
  watch({ live, budget }: BufferPool): void {
    if (this.#floor > live) this.#floor = live;
    else if (3 * this.#floor + budget < 4 * live) {
      this.#floor = live;
      this.pending = true;
      collect();
    }
  }

  /** After the finalizers, or as many tasks as tell that there are none to run. */
  async finish(): Promise<void> {
    for (let tasks = 8; this.pending && tasks--; )
      await new Promise<void>((resolve) => setTimeout(resolve));
    this.pending = false;
  }
}

/**
 * Makes the host collect all garbage at once, as V8 does before an allocation fails. The second
 * length is for browsers, which know no such length as the first, and do not give so much to anybody.
 */
function collect(): void {
  for (const bytes of [2 ** 52, 2 ** 34])
    try {
      new Memory(bytes);
    } catch (error) {
      if (String(error).includes("allocation")) return;
    }
}
