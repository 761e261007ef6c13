/**
 * Module 2.22b — What a compiled function is called with.
 *
 * Calls are alike if their arguments have the same structure, with tensors of the same shapes,
 * dtypes and devices and equal other values in the same places, under the same modes. Numbers may
 * differ: they are data.
 */
import { isRecording } from "@mt/autodiff";
import { Tensor } from "./tensor.ts";
import { isRecord } from "./transforms-trees.ts";

const marks = {
  tensor: Symbol("tensor"),
  again: Symbol("the same tensor"),
  number: Symbol("number"),
  list: Symbol("list"),
  record: Symbol("record"),
};

export class Arguments {
  readonly tensors: Tensor[] = [];
  readonly numbers: number[] = [];
  /** The call as a list, to be compared item by item. */
  readonly signature: unknown[] = [isRecording()];
  /** Why such calls are recorded, each of them. */
  reason: string | null = null;

  constructor(args: readonly unknown[]) {
    for (const x of args) this.#visit(x);
  }

  #visit(x: unknown): void {
    const { signature } = this;
    if (x instanceof Tensor) this.#visitTensor(x);
    else if (typeof x === "number") {
      this.numbers.push(x);
      signature.push(marks.number);
    } else if (Array.isArray(x)) {
      signature.push(marks.list, x.length);
      for (const item of x) this.#visit(item);
    } else if (isRecord(x)) {
      const keys = Object.keys(x);
      signature.push(marks.record, keys.length);
      for (const key of keys) {
        signature.push(key);
        this.#visit(x[key]);
      }
    } else {
      if (ArrayBuffer.isView(x)) this.reason = "an argument is a typed array: pass a tensor";
      signature.push(x);
    }
  }

  #visitTensor(x: Tensor): void {
    const known = this.tensors.indexOf(x);
    this.tensors.push(x);
    if (known >= 0) {
      this.signature.push(marks.again, known);
      return;
    }
    const { shape, dtype, recorder, needsGrad, owner } = x.node;
    if (needsGrad && owner !== x)
      this.reason = "a gradient flows through an argument: detach() it if it need not";
    this.signature.push(marks.tensor, shape, dtype, recorder, needsGrad);
  }

  isLike(signature: readonly unknown[]): boolean {
    const own = this.signature;
    if (own.length !== signature.length) return false;
    for (let i = 0; i < own.length; i++) if (!Object.is(own[i], signature[i])) return false;
    return true;
  }
}
