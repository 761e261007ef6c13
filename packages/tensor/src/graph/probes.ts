/**
 * Module 2.7a — Where one can look inside.
 *
 * A few places report what happens there, if anyone listens: a node is recorded, a cotangent goes
 * back through a node, a program runs; and, for `compile`, what a function reads and changes. When
 * nobody does, each costs one comparison with null.
 */
import type { Backend, Buffer } from "@mt/backend";
import type { Run } from "../run/program.ts";
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

/** What a function does to the world around it, written down while it is recorded. */
export interface Tape {
  /** A tensor came into being. */
  made(x: object, node: Node): void;
  /** Its node is asked for; its gradient is; its gradient is being replaced. */
  looked(x: object, node: Node): void;
  gradientRead(x: object, gradient: unknown): void;
  gradientSet(x: object, before: unknown): void;
  /** A number that every call reads anew. */
  live(leaf: Node, read: () => number): void;
  /** A cell is read, or is about to be written: to be changed by `by`, or to hold `value`. */
  cellRead(cell: object, value: unknown): void;
  cellSet(
    cell: object,
    before: unknown,
    to: { readonly by: number } | { readonly value: unknown },
  ): void;
  /** A program ran. */
  ran(run: Run): void;
  /** Values are asked for, which cannot be known yet. @throws TensorError */
  refuse(operation: string): void;
}

export interface Probes {
  /** A node was recorded, and nothing was computed of it yet. */
  recorded: ((node: Node) => void) | null;
  /** The rule of this node is asked for the cotangents of its inputs; null: no more are. */
  pulling: ((node: Node | null) => void) | null;
  /** Says whether it ran the program itself. */
  running: ((run: Running) => boolean) | null;
  /** A function is being compiled. */
  tape: Tape | null;
}

/** The line that recorded a node, `file:line:column`, where someone had lines kept. */
export const origins: WeakMap<Node, string> = new WeakMap();

export const probes: Probes = { recorded: null, pulling: null, running: null, tape: null };

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
