/**
 * Module 3.112 — What the GPU finds wrong, told where it can be caught.
 *
 * WebGPU reports errors long after the call. Error scopes stay open all the time, so that nothing is
 * ever "uncaptured" (which Dawn prints to the standard output); what they hold rejects the next read
 * or `finish`.
 */
import type { BackendError } from "@mt/backend";
import { deviceLost, gpuFailed, gpuShort } from "./errors.ts";

const filters = ["internal", "validation", "out-of-memory"] as const;

export class Faults {
  readonly #name: string;
  readonly #device: GPUDevice;
  /** What was asked about and has not been answered. */
  #pending: Promise<BackendError | null>[] = [];
  #lost: BackendError | null = null;
  /** What became known after a read that could not wait; and what has been told, by whomever. */
  #late: BackendError | null = null;
  readonly #told = new WeakSet<BackendError>();
  /** Whether such a read waits for an answer: in a loop that never waits one is enough. */
  #asked: boolean = false;

  constructor(name: string, device: GPUDevice) {
    this.#name = name;
    this.#device = device;
    void device.lost.then(({ reason, message }) => {
      this.#lost = deviceLost(name, reason ?? "unknown", message.split("\n")[0] ?? "");
    });
    this.#open();
  }

  #open(): void {
    for (const filter of filters) this.#device.pushErrorScope(filter);
  }
  #close(): Promise<BackendError | null>[] {
    return filters.toReversed().map(async (filter) => {
      const error = await this.#device.popErrorScope().catch(() => null);
      if (!error) return null;
      const tell = filter === "out-of-memory" ? gpuShort : gpuFailed;
      return tell(this.#name, error.message.trim());
    });
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }
  /** @throws BackendError if the device is lost. */
  requireDevice(): void {
    if (this.#lost) throw this.#lost;
  }
  /** What will be an error, or none. */
  expect(outcome: Promise<BackendError | null>): void {
    this.#pending.push(outcome);
  }

  /** Resolves when all that was asked for so far is known to be well; rejects with what is not. */
  async settle(): Promise<void> {
    const outcomes = [...this.#pending, ...this.#close()];
    this.#pending = [];
    this.#open();
    const errors = await Promise.all(outcomes);
    this.requireDevice();
    const first = errors.find((error) => error !== null && !this.#told.has(error));
    if (first) this.#tell(first);
  }
  /** The same for one who cannot wait: what is found is told by the next read of any kind. */
  settleLater(): void {
    if (this.#asked) return;
    this.#asked = true;
    const outcome = this.settle().then(
      () => {
        this.#asked = false;
        return null;
      },
      (error: BackendError) => {
        this.#asked = false;
        this.#told.delete(error);
        this.#late ??= error;
        return error;
      },
    );
    this.expect(outcome);
  }
  /** @throws BackendError if something is known that has not been told. */
  requireWell(): void {
    const late = this.#late;
    this.#late = null;
    if (late && !this.#told.has(late)) this.#tell(late);
  }
  #tell(error: BackendError): never {
    this.#told.add(error);
    throw error;
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
    await Promise.all([...this.#pending, ...this.#close()]);
  }
}
