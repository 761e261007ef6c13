/**
 * Module 3.112 — What the GPU finds wrong, told where it can be caught.
 *
 * WebGPU reports errors long after the call. Error scopes stay open all the time, so that nothing is
 * ever "uncaptured" (which Dawn prints to the standard output); what they hold rejects the next read
 * or `finish`, or is thrown by a read that does not give up the turn.
 */
import type { BackendError } from "@mt/backend";
import { deviceLost, gpuFailed, gpuShort } from "./errors.ts";
import { glimpse } from "./glimpse.ts";

/** The last one can be closed alone. */
const filters = ["internal", "out-of-memory", "validation"] as const;

/** Something that was asked of the GPU. */
export interface Asked {
  /** What is wrong with it, if anything is. */
  readonly popped: Promise<GPUError | null>;
  readonly tell: (error: GPUError) => BackendError;
  /** The same with more to it, which takes a while to find out. */
  readonly tellAll?: (error: GPUError) => Promise<BackendError>;
}

/** What is wrong, once that is known. */
export async function outcomeOf({ popped, tell, tellAll }: Asked): Promise<BackendError | null> {
  const error = await popped.catch(() => null);
  return error && (tellAll ?? tell)(error);
}

export class Faults {
  readonly #name: string;
  readonly #device: GPUDevice;
  /** What has been asked for and not been answered. */
  readonly #asked = new Set<Asked>();
  #lost: BackendError | null = null;

  constructor(name: string, device: GPUDevice) {
    this.#name = name;
    this.#device = device;
    void device.lost.then(({ reason, message }) => {
      this.#lost = deviceLost(name, reason ?? "unknown", message.split("\n")[0] ?? "");
    });
    this.#open();
  }

  #open(from = 0): void {
    for (const filter of filters.slice(from)) this.#device.pushErrorScope(filter);
  }
  /** Asks about all that happened since the scopes were opened. */
  #close(from = 0): void {
    for (const filter of filters.slice(from).toReversed()) {
      const of = filter === "out-of-memory" ? gpuShort : gpuFailed;
      const tell = (error: GPUError): BackendError => of(this.#name, error.message.trim());
      this.#asked.add({ popped: this.#device.popErrorScope(), tell });
    }
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }
  /** @throws BackendError if the device is lost. */
  requireDevice(): void {
    if (this.#lost) throw this.#lost;
  }
  /** What may come to be an error. */
  expect(asked: Asked): void {
    asked.popped.catch(() => {}); // the device is lost then, which is told apart
    this.#asked.add(asked);
  }

  /** Resolves when all that was asked for so far is known to be well; rejects with what is not. */
  async settle(): Promise<void> {
    this.#close();
    this.#open();
    const asked = [...this.#asked];
    const errors = await Promise.all(asked.map(outcomeOf));
    for (const x of asked) this.#asked.delete(x);
    this.requireDevice();
    const first = errors.find((error) => error !== null);
    if (first) throw first;
  }
  /** The same for one who cannot wait: whether all is known by now, and what throws if it is not well. */
  ask(): { readonly known: () => boolean; readonly require: () => void } {
    const from = this.#asked.size > 0 ? 0 : filters.indexOf("validation"); // nothing new was made
    this.#close(from);
    this.#open(from);
    const asked = [...this.#asked];
    const { seen, settled } = glimpse(asked.map(({ popped }) => popped));
    const require = (): void => {
      if (seen.left > 0) return; // the next asynchronous read tells of it
      for (const x of asked) this.#asked.delete(x);
      seen.values.forEach((error, i) => {
        if (error) throw (asked[i] as Asked).tell(error);
      });
    };
    return { known: settled, require };
  }

  /** Waits for something that a lost device never does. */
  async unlessLost<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (thrown) {
      await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.requireDevice();
      throw gpuFailed(this.#name, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  /** Leaves the device as it was given. */
  async close(): Promise<void> {
    this.#close();
    await Promise.all(Array.from(this.#asked, outcomeOf));
  }
}
