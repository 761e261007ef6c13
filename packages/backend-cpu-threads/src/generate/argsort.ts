/**
 * Module 3.80 — Sorting positions as code.
 *
 * A value becomes an integer key of the same order (NaN above everything, −0 as 0), and key and
 * position together one number of 64 bits: no two are equal, so that any sort is stable. Rows are
 * sorted by merging, from the bottom up, each a unit of its own.
 */
import type { ArgsortKernel, LoopKernel } from "@mt/backend";
import { argument } from "@mt/operators";
import { type Lanes, lanesOf, type Vectors } from "../vectors/vectors.ts";
import { Code, type Local } from "../wasm/code.ts";
import { assemble } from "../wasm/module.ts";
import type { GeneratedKernel } from "./kernel.ts";
import { generateLoop } from "./loop.ts";
import { nestsOf, sizeOf } from "./nest.ts";

const keys: Readonly<Record<Lanes, (v: Vectors, x: Local) => Local>> = {
  float: (v, x) => {
    const bits = v.add(x, v.f32(0)); // −0 + 0 = 0
    const below = v.shift("i32x4.shr_u", v.shift("i32x4.shr_s", bits, 31), 1);
    const key = v.op("v128.xor", bits, below); // the larger a negative number's bits, the smaller it is
    return v.select(v.op("f32x4.eq", x, x), key, v.i32(0x7fffffff));
  },
  signed: (_, x) => x,
  unsigned: (v, x) => v.op("v128.xor", x, v.i32(-0x80000000)),
  mask: (v, x) => v.op("v128.and", x, v.i32(1)),
};

/** Keys of all elements, in a binding of their own. */
function generateKeys(kernel: ArgsortKernel, bindings: number, scratch: number): GeneratedKernel[] {
  const { outer, length, input, descending } = kernel;
  const box = [...outer, length];
  const lines = box.map((_, axis) => sizeOf(box.slice(axis + 1)));
  const body = argument(0, input.dtype);
  const map: LoopKernel = {
    kind: "loop",
    outer: box,
    inner: [],
    inputs: [input],
    folds: [],
    stores: [{ slot: scratch, dtype: "i32", inside: false, offset: 0, strides: lines, body }],
  };
  const key = keys[lanesOf[input.dtype]];
  return nestsOf(map).map((nest) =>
    generateLoop(nest, bindings, {}, (v, x) =>
      descending ? v.op("v128.not", key(v, x)) : key(v, x),
    ),
  );
}

/** Sorts rows of keys; pairs of both stages lie in `scratch`. */
function generateSort(
  { outer, length, slot }: ArgsortKernel,
  keysAt: number,
  scratch: number,
): GeneratedKernel {
  const code = new Code(["i32", "i32", "i32"]);
  const rows = sizeOf(outer);
  const base = (binding: number): Local =>
    code
      .get(2)
      .at("i32.load", 4 * binding)
      .keep("i32");
  const [keyBase, resultBase, pairBase] = [base(keysAt), base(slot), base(scratch)] as const;
  const local = (): Local => code.local("i32");
  const [row, i, from, to, width] = [local(), local(), local(), local(), local()];
  const [left, right, leftEnd, rightEnd, out] = [local(), local(), local(), local(), local()];
  const bytes = 8 * length;
  /** The address of pair `index` of the stage at `stage`, no further than the row's end. */
  const clamped = (stage: Local, index: () => void, into: Local): void => {
    index();
    code.set(into).least(into, length);
    code.i32(8).op("i32.mul").get(stage).op("i32.add").set(into);
  };
  /** The address of element `index`, of so many bytes each. */
  const element = (start: Local, index: Local, size: number): Code =>
    code.get(start).get(index).i32(size).op("i32.mul").op("i32.add");
  code.get(0).set(row);
  code.while(
    row,
    () => code.get(1),
    1,
    () => {
      element(pairBase, row, 2 * bytes)
        .tee(from)
        .i32(bytes)
        .op("i32.add")
        .set(to);
      code.i32(0).set(i);
      code.while(
        i,
        () => code.i32(length),
        1,
        () => {
          element(keyBase, row, 4 * length).set(out);
          element(from, i, 8);
          element(out, i, 4).at("i32.load").op("i64.extend_i32_s");
          code.i64(32n).op("i64.shl").get(i).op("i64.extend_i32_u").op("i64.or").at("i64.store");
        },
      );
      code.i32(1).set(width);
      code.block((sorted) => {
        code.loop((again) => {
          code.get(width).i32(length).op("i32.ge_u").branchIf(sorted);
          code.i32(0).set(i);
          code.get(to).set(out);
          code.loop((next) => {
            clamped(from, () => code.get(i), left);
            clamped(from, () => code.get(i).get(width).op("i32.add"), leftEnd);
            code.get(leftEnd).set(right);
            clamped(
              from,
              () => code.get(i).get(width).i32(1).op("i32.shl").op("i32.add"),
              rightEnd,
            );
            mergeRuns(code, left, right, leftEnd, rightEnd, out);
            code.get(i).get(width).i32(1).op("i32.shl").op("i32.add").tee(i);
            code.i32(length).op("i32.lt_u").branchIf(next);
          });
          // the stages change places
          code.get(from).get(to).set(from).set(to);
          code.get(width).i32(1).op("i32.shl").set(width).branch(again);
        });
      });
      element(resultBase, row, 4 * length).set(out);
      code.i32(0).set(i);
      code.while(
        i,
        () => code.i32(length),
        1,
        () => {
          element(out, i, 4);
          element(from, i, 8).at("i32.load").at("i32.store");
        },
      );
    },
  );
  const compared = length * Math.max(1, Math.ceil(Math.log2(length)));
  return {
    bytes: assemble([{ code, export: "run" }]),
    units: length ? rows : 0,
    nanosecondsPerUnit: 4 * compared,
    layout: { merges: `rows of ${length}` },
  };
}

/** Two sorted runs into one, from `out` on, which moves along. */
function mergeRuns(
  code: Code,
  left: Local,
  right: Local,
  leftEnd: Local,
  rightEnd: Local,
  out: Local,
): void {
  const [a, b] = [code.local("i64"), code.local("i64")];
  const takeLeft = code.local("i32");
  code.block((done) => {
    code.loop((again) => {
      const some = (at: Local, end: Local): void => void code.get(at).get(end).op("i32.lt_u");
      some(left, leftEnd);
      some(right, rightEnd);
      code.op("i32.or").op("i32.eqz").branchIf(done);
      code.get(left).at("i64.load").set(a);
      code.get(right).at("i64.load").set(b);
      some(right, rightEnd);
      code.op("i32.eqz").get(a).get(b).op("i64.lt_s").op("i32.or");
      some(left, leftEnd);
      code.op("i32.and").set(takeLeft);
      code.get(out).get(a).get(b).get(takeLeft).op("select").at("i64.store");
      code.get(left).get(takeLeft).i32(3).op("i32.shl").op("i32.add").set(left);
      code.get(right).get(takeLeft).op("i32.eqz").i32(3).op("i32.shl").op("i32.add").set(right);
      code.get(out).i32(8).op("i32.add").set(out).branch(again);
    });
  });
}

/** The kernels, and the bytes of the two bindings they need beside the kernel's own. */
export function generateArgsort(
  kernel: ArgsortKernel,
  bindings: number,
): { readonly kernels: readonly GeneratedKernel[]; readonly scratch: readonly number[] } {
  const count = sizeOf(kernel.outer) * kernel.length;
  const [keysAt, pairs] = [bindings, bindings + 1];
  return {
    kernels: [...generateKeys(kernel, bindings + 2, keysAt), generateSort(kernel, keysAt, pairs)],
    scratch: [4 * count, 16 * count],
  };
}
