/**
 * Module 3.113 — Waiting for Dawn without giving up the turn.
 *
 * In Node, Dawn asks for its events to be processed by handing a function to `setImmediate`. Called
 * in a loop, that function lets a mapping be waited for in one synchronous call; browsers have no
 * such way. The global is exchanged only while a device is asked for, and while a wait lasts.
 */
type Immediate = (f: (...x: never[]) => void, ...x: never[]) => unknown;
const scope = globalThis as unknown as { setImmediate?: Immediate };

/** Dawn's functions are native and take nothing. */
const isPump = (f: unknown, rest: readonly unknown[]): f is () => void =>
  typeof f === "function" &&
  rest.length === 0 &&
  Function.prototype.toString.call(f).includes("[native code]") &&
  !f.name.startsWith("bound ");

const patience = 60_000;

export class Pump {
  #pump: (() => void) | null = null;

  /** Makes a device, and learns how Dawn is pumped if it is Dawn that makes it. */
  async learn<T>(make: () => Promise<T>): Promise<T> {
    const native = scope.setImmediate;
    if (!native) return make();
    const listen: Immediate = (f, ...x) => {
      if (isPump(f, x)) this.#pump = f;
      return native(f, ...x);
    };
    scope.setImmediate = Object.assign(listen, native);
    try {
      return await make();
    } finally {
      if (scope.setImmediate === listen) scope.setImmediate = native;
    }
  }
  get works(): boolean {
    return this.#pump !== null;
  }

  /** Pumps until `done` holds; whether it does. */
  until(done: () => boolean): boolean {
    const native = scope.setImmediate as Immediate;
    let owed = false;
    const listen: Immediate = (f, ...x) => {
      if (!isPump(f, x)) return native(f, ...x);
      this.#pump = f;
      owed = true;
      return undefined;
    };
    scope.setImmediate = listen;
    try {
      const end = performance.now() + patience;
      while (!done() && performance.now() < end) this.#pump?.();
      return done();
    } finally {
      scope.setImmediate = native;
      if (owed && this.#pump) native(this.#pump);
    }
  }
}
