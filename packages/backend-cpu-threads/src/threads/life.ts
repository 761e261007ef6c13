/**
 * Module 3.951 — How a page hears that a worker has ended: it held a lock as long as it lived.
 *
 * No browser says so by itself. But locks of whoever ends are free again, and whoever waits for one
 * is called back then (https://w3c.github.io/web-locks/).
 */
interface Locks {
  /** Calls back once nobody else has the lock of this name, and has it until that is over. */
  request(name: string, held: () => Promise<void> | void): Promise<void>;
}
const host = globalThis as { readonly navigator?: { readonly locks?: Locks } };

/** Milliseconds: browsers end a worker within two seconds of being told to. */
const lastBreath = 3000;

/** A new name for a lock; other pages of the same origin have others. */
export const newLife = (): string => `cpu-threads ${crypto.randomUUID()}`;

/** Takes the lock, and never gives it back; false: there are no locks here. */
export const live = (life: string): Promise<boolean> =>
  new Promise((resolve) => {
    const hold = () => {
      resolve(true);
      return new Promise<void>(() => undefined);
    };
    const { locks } = host.navigator ?? {};
    if (locks) locks.request(life, hold).catch(() => resolve(false));
    else resolve(false);
  });

const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, lastBreath));

/** Resolves when the thread that has taken the lock has ended. */
export async function ended(life: string): Promise<void> {
  try {
    if (host.navigator?.locks) return await host.navigator.locks.request(life, () => undefined);
  } catch {
    // a page without an origin has no locks
  }
  return breath();
}
/** The same of a thread that was told to end: it has by then, whatever becomes of its lock. */
export const terminated = (life: string): Promise<void> => Promise.race([ended(life), breath()]);
