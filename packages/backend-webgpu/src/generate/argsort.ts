/**
 * Module 3.108d — Sorting.
 *
 * Values become words in whose order they are, and are sorted together with their positions, by which
 * equal ones keep their order. Chunks that fit are sorted in the workgroup's memory by a bitonic
 * network (https://en.wikipedia.org/wiki/Bitonic_sorter); chunks are merged two by two, each element
 * finding its place by itself: its own position and the number of those before it in the other chunk.
 */
import type { ArgsortKernel } from "@mt/backend";
import { argument, type DType } from "@mt/operators";
import { type Lanes, storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter, parameters } from "../wgsl/writer.ts";
import { pointIndices } from "./forms.ts";
import type { Facts, Generated, GeneratedKernel } from "./kernel.ts";
import { sizeOf } from "./nest.ts";
import { Point } from "./reads.ts";

/** Elements of the largest chunk, and least invocations of a workgroup. */
const [largest, fewest] = [1024, 64];
const mapped = 64;

/** A value as a word that is greater where it is; equal where they are equal. NaN is the greatest. */
const words: { readonly [L in Lanes]: (value: string) => string } = {
  float: (x) => `order_of_float(${x})`,
  signed: (x) => `(bitcast<u32>(${x}) ^ 0x80000000u)`,
  unsigned: (x) => x,
  bool: (x) => `u32(${x})`,
};

/** Where sorted chunks lie: bindings of words and of positions. */
interface Place {
  readonly words: number;
  readonly positions: number;
}

class SortWriter {
  readonly #kernel: ArgsortKernel;
  readonly #writer: ModuleWriter;
  readonly #rows: number;

  constructor(kernel: ArgsortKernel, facts: Facts) {
    this.#kernel = kernel;
    this.#writer = new ModuleWriter(facts);
    this.#rows = sizeOf(kernel.outer);
  }

  /** Sorts chunks of each row, to the result if a row is one chunk, or else to `to`. */
  chunks(to: Place | null): GeneratedKernel {
    const writer = this.#writer;
    const { length } = this.#kernel;
    const size = 2 ** Math.ceil(Math.log2(Math.min(length, largest)));
    const perRow = Math.ceil(length / size);
    const together = Math.max(1, (2 * fewest) / size); // short rows share a workgroup
    const all = size * together;
    const invocations = Math.min(Math.max(1, all / 2), writer.facts.invocations);
    const count = this.#rows * perRow;
    const grid = gridOf(Math.ceil(count / together), writer.facts);
    writer.line(`let first = (${groupNumber(grid)}) * ${together}u;`);
    if (sizeOf(grid) * together > count) writer.line(`if (first >= ${count}u) { return; }`);
    writer.declare(`var<workgroup> words: array<u32, ${all}>;`);
    writer.declare(`var<workgroup> positions: array<u32, ${all}>;`);
    const each = (body: () => void): void =>
      writer.block(`for (var t = lane; t < ${all}u; t += ${invocations}u)`, () => {
        writer.line(`let chunk = first + t / ${size}u;`);
        writer.line(`let row = chunk / ${perRow}u;`);
        writer.line(`let position = chunk % ${perRow}u * ${size}u + t % ${size}u;`);
        body();
      });
    each(() => {
      writer.line("var word = 0xffffffffu;"); // past the end: behind all others, by its position
      writer.block(`if (chunk < ${count}u && position < ${length}u)`, () => {
        writer.line(`word = ${this.#word()};`);
      });
      writer.line("words[t] = word;");
      writer.line("positions[t] = position;");
    });
    writer.line("workgroupBarrier();");
    this.#network(size, all, invocations);
    each(() =>
      writer.block(`if (chunk < ${count}u && position < ${length}u)`, () =>
        this.#put(to, `row * ${length}u + position`, "words[t]", "positions[t]"),
      ),
    );
    return writer.finish(invocations, parameters, grid, `${count} chunks of ${size}, sorted`);
  }
  #network(size: number, all: number, invocations: number): void {
    const writer = this.#writer;
    writer.block(`for (var k = 2u; k <= ${size}u; k *= 2u)`, () =>
      writer.block("for (var j = k / 2u; j > 0u; j /= 2u)", () => {
        writer.block(`for (var t = lane; t < ${all / 2}u; t += ${invocations}u)`, () => {
          writer.line("let low = 2u * t - (t & (j - 1u));");
          writer.line("let high = low + j;");
          writer.line("let a = words[low];");
          writer.line("let b = words[high];");
          writer.line("let p = positions[low];");
          writer.line("let q = positions[high];");
          writer.line("let after = (a > b) | ((a == b) & (p > q));");
          writer.line(`let falling = (low & ${size - 1}u & k) != 0u;`);
          writer.line("let swap = after != falling;");
          writer.line("words[low] = select(a, b, swap);");
          writer.line("words[high] = select(b, a, swap);");
          writer.line("positions[low] = select(p, q, swap);");
          writer.line("positions[high] = select(q, p, swap);");
        });
        writer.line("workgroupBarrier();");
      }),
    );
  }

  /** Merges chunks of `size` two by two. */
  merge(size: number, from: Place, to: Place | null): GeneratedKernel {
    const writer = this.#writer;
    const { length } = this.#kernel;
    const count = this.#rows * length;
    const grid = gridOf(Math.ceil(count / mapped), writer.facts);
    const known = writer.array(from.words, "u32");
    const positions = writer.array(from.positions, "u32");
    writer.line(`let point = (${groupNumber(grid)}) * ${mapped}u + lane;`);
    writer.line(`if (point >= ${count}u) { return; }`);
    writer.line(`let row = point - point % ${length}u;`);
    writer.line("let place = point - row;");
    writer.line(`let chunk = place / ${size}u;`);
    writer.line(`let word = ${known}[point];`);
    writer.line("let is_left = chunk % 2u == 0u;");
    writer.line(`let start = min((chunk ^ 1u) * ${size}u, ${length}u);`);
    writer.line("var low = start;");
    writer.line(`var high = min(start + ${size}u, ${length}u);`);
    writer.block("while (low < high)", () => {
      writer.line("let middle = (low + high) / 2u;");
      writer.line(`let other = ${known}[row + middle];`);
      // equal ones of the left chunk come first
      writer.line("let before = (other < word) | ((other == word) & !is_left);");
      writer.line("low = select(low, middle + 1u, before);");
      writer.line("high = select(middle, high, before);");
    });
    writer.line(`let own = place - chunk * ${size}u;`);
    writer.line(`let target_place = row + (chunk - chunk % 2u) * ${size}u + own + (low - start);`);
    this.#put(to, "target_place", "word", `${positions}[point]`);
    return writer.finish(mapped, parameters, grid, `merge of sorted chunks of ${size}`);
  }

  /** The word of the value at `row` and `position`. */
  #word(): string {
    const writer = this.#writer;
    const { outer, length, input, descending } = this.#kernel;
    const indices = pointIndices(outer, "row", "i", (text) => writer.line(text));
    const box = [...outer, length];
    const point = new Point(writer, [input], box, [...indices, "i32(position)"]);
    const value = point.value(argument(0, input.dtype));
    const word = words[storageOf(input.dtype).lanes](value);
    return descending ? `~(${word})` : word;
  }
  #put(to: Place | null, place: string, word: string, position: string): void {
    const writer = this.#writer;
    const array = (binding: number, dtype: DType): string =>
      writer.array(binding, dtype, "read_write");
    if (!to) writer.line(`${array(this.#kernel.slot, "i32")}[${place}] = i32(${position});`);
    else {
      writer.line(`${array(to.words, "u32")}[${place}] = ${word};`);
      writer.line(`${array(to.positions, "u32")}[${place}] = ${position};`);
    }
  }
}

export function generateArgsort(kernel: ArgsortKernel, bindings: number, facts: Facts): Generated {
  const { outer, length } = kernel;
  const count = sizeOf(outer) * length;
  if (count === 0) return { kernels: [], scratch: [] };
  const write = (): SortWriter => new SortWriter(kernel, facts);
  if (length <= largest) return { kernels: [write().chunks(null)], scratch: [] };
  const places = [0, 2].map((k) => ({ words: bindings + k, positions: bindings + k + 1 }));
  const [first, second] = places as [Place, Place];
  const kernels = [write().chunks(first)];
  let [from, to] = [first, second];
  for (let size = largest; size < length; size *= 2) {
    kernels.push(write().merge(size, from, 2 * size < length ? to : null));
    [from, to] = [to, from];
  }
  return { kernels, scratch: [4, 4, 4, 4].map((bytes) => bytes * count) };
}
