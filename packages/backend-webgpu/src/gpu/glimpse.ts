/**
 * Module 3.113b — What promises have come to, without giving up the turn.
 *
 * Reactions to promises run when the turn ends, which a synchronous read never comes to. Node's
 * `vm` has worlds with queues of their own, which are emptied when a script in one of them ends;
 * reactions that were made there run there (https://nodejs.org/api/vm.html, microtaskMode).
 */
type Note = (promises: readonly Promise<unknown>[], seen: Seen<unknown>) => void;
interface World {
  readonly note: Note;
  readonly drain: () => void;
}

export interface Seen<T> {
  /** How many are not settled. */
  left: number;
  /** What each has come to; nothing for those that were rejected. */
  readonly values: (T | undefined)[];
}

const source = `(promises, seen) => promises.forEach((promise, i) => {
  promise.then((value) => { seen.values[i] = value; seen.left--; }, () => { seen.left--; });
})`;

let world: World | null | undefined;
function worldOf(): World | null {
  const { process } = globalThis as {
    readonly process?: { getBuiltinModule?<T>(name: string): T | undefined };
  };
  const vm = process?.getBuiltinModule?.<typeof import("node:vm")>("node:vm");
  if (!vm) return null;
  const context = vm.createContext({}, { microtaskMode: "afterEvaluate" });
  const nothing = new vm.Script("0");
  const note = vm.runInContext(source, context) as Note;
  return { note, drain: () => nothing.runInContext(context) };
}

/** Notes what these come to; gives a function that looks, and says whether all are settled. */
export function glimpse<T>(promises: readonly Promise<T>[]): {
  readonly seen: Seen<T>;
  readonly settled: () => boolean;
} {
  world ??= worldOf();
  const seen: Seen<T> = { left: promises.length, values: [] };
  if (!world) {
    for (const promise of promises) promise.catch(() => {});
    return { seen, settled: () => true }; // as far as can be seen
  }
  const { note, drain } = world;
  note(promises, seen as Seen<unknown>);
  return {
    seen,
    settled: () => {
      if (seen.left > 0) drain();
      return seen.left === 0;
    },
  };
}
