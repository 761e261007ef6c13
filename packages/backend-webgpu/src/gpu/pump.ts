/**
 * Module 3.113 — Waiting for Dawn without giving up the turn.
 *
 * In Node, Dawn asks for its events to be processed by handing a function to `setImmediate`. Called
 * in a loop, that function lets a mapping be waited for in one synchronous call; browsers have no
 * such way. The global is exchanged only while a device is asked for, and while a wait lasts. Others
 * hand over native functions, too (those that settle promises), so what was overheard is tried out.
 */
type Immediate = (f: (...x: never[]) => void, ...x: never[]) => unknown;
const scope = globalThis as unknown as { setImmediate?: Immediate };

/** Dawn's functions are native and take nothing. */
const mayBePump = (f: unknown, rest: readonly unknown[]): f is () => void =>
  typeof f === "function" &&
  rest.length === 0 &&
  Function.prototype.toString.call(f).includes("[native code]");

/** Milliseconds to wait for a read, and for the trial of what was overheard. */
const [patience, trialPatience] = [60_000, 100];
const readUsage = 0x1 | 0x8; // MAP_READ, COPY_DST

/** Devices learn one after the other: two that exchange the global at once would not undo it. */
let learning: Promise<unknown> = Promise.resolve();

export class Pump {
  #pump: (() => void) | null = null;

  /** Makes a device, and learns how Dawn is pumped if it is Dawn that makes it. */
  learn(make: () => Promise<GPUDevice>): Promise<GPUDevice> {
    const learned = learning.then(() => this.#learn(make));
    learning = learned.catch(() => {});
    return learned;
  }
  async #learn(make: () => Promise<GPUDevice>): Promise<GPUDevice> {
    const native = scope.setImmediate;
    if (!native) return make();
    const overheard: (() => void)[] = [];
    const listen: Immediate = (f, ...x) => {
      if (mayBePump(f, x)) overheard.push(f);
      return native(f, ...x);
    };
    scope.setImmediate = Object.assign(listen, native);
    try {
      const device = await make();
      await device.queue.onSubmittedWorkDone();
      this.#try(device, overheard);
      return device;
    } finally {
      if (scope.setImmediate === listen) scope.setImmediate = native;
    }
  }
  get works(): boolean {
    return this.#pump !== null;
  }

  /** Keeps the last of these by which a mapping comes to its end. */
  #try(device: GPUDevice, candidates: readonly (() => void)[]): void {
    const buffer = device.createBuffer({ size: 4, usage: readUsage });
    buffer.mapAsync(0x1).catch(() => {}); // ended below, mapped or not
    const ended = (): boolean => buffer.mapState === "mapped";
    const works = candidates.toReversed().some((candidate) => {
      this.#pump = candidate;
      return this.until(ended, trialPatience);
    });
    if (!works) this.#pump = null;
    buffer.destroy();
  }

  /** Pumps until `done` holds; whether it does. */
  until(done: () => boolean, milliseconds: number = patience): boolean {
    const native = scope.setImmediate as Immediate;
    let owed = false;
    // in this turn nobody else calls it
    const listen: Immediate = (f) => {
      this.#pump = f as () => void;
      owed = true;
      return undefined;
    };
    scope.setImmediate = listen;
    try {
      const end = performance.now() + milliseconds;
      while (!done() && performance.now() < end) this.#pump?.();
      return done();
    } finally {
      scope.setImmediate = native;
      if (owed && this.#pump) native(this.#pump);
    }
  }
}
