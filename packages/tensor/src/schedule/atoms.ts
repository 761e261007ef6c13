/**
 * Module 2.10a — What formulas of a program read.
 *
 * While nodes are grouped into kernels, bodies are formulas whose arguments are *atoms*: a stored
 * node seen through a view, a run-time number, an index, a guard, or a fold's result. Atoms belong
 * to the program, not to a kernel, so trying a node in some kernel leaves no trace when it fails.
 * Views of atoms are over the axes of their cluster's box.
 */

import type { Guard, Linear } from "@mt/backend";
import { type Argument, argument, type DType } from "@mt/operators";
import type { Node } from "../graph/node.ts";
import type { View } from "../views/view.ts";

export type Atom =
  | { readonly kind: "read"; readonly node: Node; readonly view: View }
  /** A read whose address depends on an integer that is read as well. */
  | { readonly kind: "gather"; readonly node: Node; readonly view: View; readonly at: Position }
  | { readonly kind: "index"; readonly form: Linear; readonly dtype: "i32" | "u32" }
  | { readonly kind: "test"; readonly guards: readonly Guard[] }
  | { readonly kind: "scalar"; readonly node: Node }
  /** The result of a reduce or contract node, inside its own cluster. */
  | { readonly kind: "fold"; readonly node: Node };

export interface Position {
  readonly node: Node;
  readonly view: View;
  /** Elements from one position to the next, and how many there are. */
  readonly stride: number;
  readonly extent: number;
}

export class Atoms {
  readonly list: Atom[] = [];
  readonly #ids = new Map<string, number>();

  of(x: Argument): Atom {
    return this.list[x.index] as Atom;
  }

  read(node: Node, view: View): Argument {
    return this.#argument(`r${node.index}${viewText(view)}`, node.dtype, () => ({
      kind: "read",
      node,
      view,
    }));
  }
  gather(node: Node, view: View, at: Position): Argument {
    const where = `${at.node.index}${viewText(at.view)}*${at.stride}<${at.extent}`;
    const key = `g${node.index}${viewText(view)}[${where}]`;
    return this.#argument(key, node.dtype, () => ({ kind: "gather", node, view, at }));
  }
  index(form: Linear, dtype: "i32" | "u32"): Argument {
    const make = (): Atom => ({ kind: "index", form, dtype });
    return this.#argument(`${dtype}${formText(form)}`, dtype, make);
  }
  test(guards: readonly Guard[]): Argument {
    return this.#argument(`t${guards.map(guardText)}`, "bool", () => ({ kind: "test", guards }));
  }
  scalar(node: Node): Argument {
    return this.#argument(`s${node.index}`, node.dtype, () => ({ kind: "scalar", node }));
  }
  fold(node: Node): Argument {
    return this.#argument(`f${node.index}`, node.dtype, () => ({ kind: "fold", node }));
  }

  #argument(key: string, dtype: DType, make: () => Atom): Argument {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.list.push(make()) - 1;
      this.#ids.set(key, id);
    }
    return argument(id, dtype);
  }
}

const formText = (f: Linear): string => `${f.offset}+${f.strides}`;
const guardText = (g: Guard): string => `${formText(g)}<${g.extent}`;
/** −0 and 0 are two fills. */
const fillText = (fill: number): string => (Object.is(fill, -0) ? "-0" : String(fill));
const viewText = (v: View): string =>
  v.guards.length
    ? `@${formText(v)}?${v.guards.map(guardText)}:${fillText(v.fill)}`
    : `@${formText(v)}`;
