/**
 * Module 2.13 — The identity of a recorded graph.
 *
 * One walk writes the graph as integers: kinds, attributes, shapes and who reads whom, but neither
 * elements nor numbers. Equal integers are the same program, whatever the values; the table of
 * programs compares them exactly.
 */
import { dtypes } from "@mt/operators";
import { kindCodes, type Node } from "../graph/node.ts";
import { inOrder } from "../graph/order.ts";

const none: readonly Node[] = [];
let codes = new Int32Array(1 << 12);
function makeRoom(length: number): void {
  if (length <= codes.length) return;
  const longer = new Int32Array(length * 2);
  longer.set(codes);
  codes = longer;
}

export interface Walk {
  /** Every node below the outputs, inputs first. */
  readonly order: readonly Node[];
  /** Nodes whose elements the program is given, and run-time numbers, in the order met. */
  readonly args: readonly Node[];
  readonly numbers: readonly Node[];
  readonly hash: number;
  /** The integers; valid until the next walk. */
  readonly codes: Int32Array;
}

const argumentCode = 15;

export function walk(outputs: readonly Node[]): Walk {
  const order = inOrder(outputs, (x) => (x.value ? none : x.inputs));
  const args: Node[] = [];
  const numbers: Node[] = [];
  let length = 0;
  let hash = 7;
  const put = (code: number): void => {
    codes[length++] = code;
    hash = Math.imul(hash ^ code, 0x9e3779b1) + (hash >>> 15);
  };
  for (const x of order) {
    makeRoom(length + x.inputs.length + 4);
    const dtype = dtypes[x.dtype].code;
    if (x.value) {
      args.push(x);
      put(argumentCode | (dtype << 4));
      put(x.shape.id);
      continue;
    }
    put(kindCodes[x.kind] | (dtype << 4) | (x.by.id << 8));
    put(x.shape.id);
    if (x.kind === "leaf" && x.by.source === "number") numbers.push(x);
    for (const input of x.inputs) put(input.index);
  }
  makeRoom(length + outputs.length);
  for (const x of outputs) put(x.index);
  return { order, args, numbers, hash, codes: codes.subarray(0, length) };
}
