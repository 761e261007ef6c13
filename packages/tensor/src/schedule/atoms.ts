/**
 * Module 2.10a — What formulas of a program read.
 *
 * While nodes are grouped into kernels, bodies are formulas whose arguments are *atoms*: a stored
 * node seen through a view, a run-time number, an index, a guard, or a fold's result. Atoms belong
 * to the program, not to a kernel, so trying a node in some kernel leaves no trace when it fails.
 * Views of atoms are over the axes of their cluster's box.
 */

import type { Input, Linear, Read } from "@mt/backend";
import { type Argument, argument, call, type DType, type Expr } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import type { View } from "../views/view.ts";

/**
 * Until a kernel is planned, slots and numbers are the places of nodes in the recorded graph, and
 * the input that an indirect read adds to its address is an atom. A `fold` is the result of a
 * reduce, contract or scatter node, inside its own cluster.
 */
export type Atom = Input | { readonly kind: "fold"; readonly node: Node };

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

  input(input: Input): Argument {
    return this.#argument(inputText(input), input.kind === "test" ? "bool" : input.dtype, input);
  }
  fold(node: Node): Argument {
    return this.#argument(`fold${node.index}`, node.dtype, { kind: "fold", node });
  }
  /** A value where the guards of a view hold, else its fill. */
  guarded(value: Expr, { guards, fill }: View): Expr {
    return guards.length ? call("where", this.input({ kind: "test", guards }), value, fill) : value;
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
  const lookup = indirect && Object.values(indirect);
  return [x.kind, dtype, slot, index, formText(any), bounds, outside, lookup].join();
}
