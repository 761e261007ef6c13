/**
 * Module 2.7a — Where one can look inside.
 *
 * Three places report what happens there, if anyone listens: a node is recorded, a cotangent goes
 * back through a node, a program runs. When nobody does, each costs one comparison with null.
 */
import type { Backend, Buffer } from "@mt/backend";
import type { Node } from "./node.ts";

/** A program about to run: what was recorded, what is asked of it, and the memory it runs over. */
export interface Running {
  readonly backend: Backend;
  readonly graph: {
    readonly order: readonly Node[];
    readonly args: readonly Node[];
    readonly numbers: readonly Node[];
  };
  readonly outputs: readonly Node[];
  /** Of the arguments, then of the outputs. */
  readonly buffers: readonly Buffer[];
  readonly scalars: Float64Array;
}

export interface Probes {
  /** A node was recorded, and nothing was computed of it yet. */
  recorded: ((node: Node) => void) | null;
  /** The rule of this node is asked for the cotangents of its inputs; null: no more are. */
  pulling: ((node: Node | null) => void) | null;
  /** Says whether it ran the program itself. */
  running: ((run: Running) => boolean) | null;
}

export const probes: Probes = { recorded: null, pulling: null, running: null };

/** `f` with these probes in place, until it returns or what it promises is settled. */
export function probing<R>(listening: Partial<Probes>, f: () => R): R {
  const before = { ...probes };
  Object.assign(probes, listening);
  const restore = (): void => void Object.assign(probes, before);
  let result: R;
  try {
    result = f();
  } catch (error) {
    restore();
    throw error;
  }
  if (!(result instanceof Promise)) {
    restore();
    return result;
  }
  return result.finally(restore) as R;
}
