/**
 * Module 2.10a — What formulas of a program read.
 *
 * While nodes are grouped into kernels, bodies are formulas whose arguments are *atoms*: a stored
 * node seen through a view, a run-time number, an index, a guard, or a fold's result. Atoms belong
 * to the program, not to a kernel, so trying a node in some kernel leaves no trace when it fails.
 * Views of atoms are over the axes of their cluster's box.
 */

import type { Guard, Input, Linear, Read } from "@mt/backend";
import { type Argument, argument, type DType } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import type { View } from "../views/view.ts";

export type Atom =
  /** Until a kernel is planned, slots and numbers are the places of nodes in the recorded graph. */
  | {
      readonly kind: "input";
      readonly input: Input;
      /** The integers that an indirect read adds to its address. */
      readonly at: Read | null;
    }
  /** The result of a reduce, contract or scatter node, inside its own cluster. */
  | { readonly kind: "fold"; readonly node: Node };

/** A stored node seen through a view. */
export const readOf = (node: Node, { offset, strides, guards, fill }: View): Read => ({
  kind: "read",
  slot: node.index,
  dtype: node.dtype,
  offset,
  strides,
  guards,
  fill,
});

export class Atoms {
  readonly list: Atom[] = [];
  readonly #ids = new Map<string, number>();

  of(x: Argument): Atom {
    return this.list[x.index] as Atom;
  }

  read(node: Node, view: View): Argument {
    return this.#input(readOf(node, view), node.dtype);
  }
  /** A read at a position, of `extent`, each `stride` elements from the next, that is read as well. */
  gather(node: Node, view: View, at: Read, stride: number, extent: number): Argument {
    const indirect = { input: 0, stride, extent };
    return this.#input({ ...readOf(node, view), indirect }, node.dtype, at);
  }
  index({ offset, strides }: Linear, { dtype }: Node): Argument {
    return this.#input({ kind: "index", dtype: dtype as "i32" | "u32", offset, strides }, dtype);
  }
  test(guards: readonly Guard[]): Argument {
    return this.#input({ kind: "test", guards }, "bool");
  }
  scalar({ index, dtype }: Node): Argument {
    return this.#input({ kind: "scalar", index, dtype }, dtype);
  }
  fold(node: Node): Argument {
    return this.#argument(`fold${node.index}`, node.dtype, { kind: "fold", node });
  }

  #input(input: Input, dtype: DType, at: Read | null = null): Argument {
    const key = at ? `${inputText(input)}[${inputText(at)}]` : inputText(input);
    return this.#argument(key, dtype, { kind: "input", input, at });
  }
  #argument(key: string, dtype: DType, atom: Atom): Argument {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.list.push(atom) - 1;
      this.#ids.set(key, id);
    }
    return argument(id, dtype);
  }
}

const formText = (f: Partial<Linear>): string => `${f.offset}+${f.strides}`;
/** Equal for inputs that give the same values. */
function inputText(x: Input): string {
  const any: Partial<Read> & { readonly index?: number } = x as Read;
  const { dtype, slot, index, guards = [], fill, indirect } = any;
  const bounds = guards.map((g) => `${formText(g)}<${g.extent}`);
  // without guards the fill is never seen; with them −0 and 0 are two
  const outside = bounds.length && (Object.is(fill, -0) ? "-0" : fill);
  const lookup = indirect && `${indirect.stride}<${indirect.extent}`;
  return [x.kind, dtype, slot, index, formText(any), bounds, outside, lookup].join();
}
