/**
 * Module 2.22a — Numbers that change from call to call.
 *
 * What a step counts, and the rate that it takes, are JavaScript values: a compiled function does
 * not run the code that changes them. Kept in a cell, a change is replayed with the programs around
 * it; read by `liveNumber`, a number is computed anew at each call.
 */
import type { DType } from "@mt/operators";
import { badValue } from "./errors.ts";
import type { Node, Recorder } from "./graph/node.ts";
import { probes } from "./graph/probes.ts";
import { numberLeaf } from "./graph/record.ts";
import { Tensor } from "./tensor.ts";

/**
 * A value that a compiled function may read and change. Reading it is deciding by it: another value
 * there is recorded anew. To compute with it, read it inside `liveNumber`.
 * @example
 * const steps = new Cell(0);
 * const count = compile(() => steps.advance());
 * for (let i = 0; i < 5; i++) count();
 * [steps.value, count.replayed]; // [5, 3]
 */
export class Cell<T = number> {
  #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  get value(): T {
    if (probes.tape !== null) probes.tape.cellRead(this, this.#value);
    return this.#value;
  }
  set value(value: T) {
    if (probes.tape !== null) probes.tape.cellSet(this, this.#value, { value });
    this.#value = value;
  }
  /** Adds to a number. */
  advance(this: Cell, by = 1): void {
    if (probes.tape !== null) probes.tape.cellSet(this, this.#value, { by });
    this.#value += by;
  }
}

/** A run-time number that a compiled function reads anew at each call. */
export function liveLeaf(read: () => number, dtype: DType, recorder: Recorder): Node {
  const { tape } = probes;
  probes.tape = null; // reading cells here decides nothing
  try {
    const leaf = numberLeaf(read(), dtype, recorder);
    tape?.live(leaf, read);
    return leaf;
  } finally {
    probes.tape = tape;
  }
}

/**
 * The number that `read` gives, at each call of a compiled function anew, as a tensor of no axes
 * beside `like`: of its dtype, on its device.
 * @example
 * const rate = new Cell(0.5);
 * const x = tensor([2, 4]);
 * const scaled = compile((x: Tensor) => x.mul(liveNumber(() => rate.value, x)));
 * scaled(x);
 * scaled(x);
 * rate.value = 2;
 * await scaled(x).toArray(); // [4, 8]
 */
export const liveNumber = (read: () => number, like: Tensor): Tensor => {
  if (typeof read !== "function")
    throw badValue("liveNumber", `${typeof read} is no function: give one.`);
  const { dtype, recorder } = like.node;
  return new Tensor(liveLeaf(read, dtype, recorder));
};
