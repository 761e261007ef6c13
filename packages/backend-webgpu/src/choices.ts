/**
 * Module 3.119b — Kernels are chosen by measurement.
 *
 * Which tiling is the fastest, no rule tells for every GPU. So where a product is large enough for it
 * to matter, the most promising ones are timed, once for each class of shapes, and the fastest is
 * kept, also for processes to come. Until that is known the most promising one is used.
 */
import { byEstimate, type Choose } from "./generate/contract.ts";
import { layoutText } from "./generate/contract-operand.ts";
import type { Product } from "./generate/contract-product.ts";
import { describe, type Tiling } from "./generate/contract-tiling.ts";
import type { ChoiceStore } from "./options.ts";

interface Choice {
  readonly tiling: Tiling;
  /** Nanoseconds that one product took. */
  readonly time: number;
  /** How many tilings were timed. */
  readonly of: number;
}
/** Choices by class, and those by adapter. */
type AllChoices = Record<string, Record<string, Choice>>;

/** Products worth timing: smaller ones take too little for the difference to matter. */
const worthTiming = 2 ** 26;
/** Tilings to time; and on an adapter that is software. */
const [most, fewest] = [8, 4];

/** Products of one class have one choice: sizes count by powers of two. */
export function classOf(product: Product): string {
  const { kernel, batch, rows, columns, summed } = product;
  const sizes = [batch, rows, columns, summed].map(({ size }) => Math.round(Math.log2(size)));
  return `${kernel.dtype} 2^${sizes.join(" 2^")} ${layoutText(product)}`;
}

const productsIn = ({ batch, rows, columns, summed }: Product): number =>
  batch.size * rows.size * columns.size * summed.size;
const entriesOf = (x: unknown): [string, unknown][] =>
  typeof x === "object" && x !== null ? Object.entries(x) : [];
function isChoice(entry: [string, unknown]): entry is [string, Choice] {
  const { tiling, time, of } = (entry[1] ?? {}) as Partial<Choice>;
  return typeof tiling === "object" && tiling !== null && [time, of].every(Number.isFinite);
}
/** One of them may be what a file says. */
const same = (x: Tiling, y: Tiling): boolean => JSON.stringify(x) === JSON.stringify(y);

/** The most promising number of pieces for each shape. */
function candidates(tilings: readonly Tiling[], count: number): readonly Tiling[] {
  const shapes = new Map<string, Tiling>();
  for (const tiling of tilings) {
    const shape = describe({ ...tiling, pieces: 1 });
    if (!shapes.has(shape)) shapes.set(shape, tiling);
  }
  return [...shapes.values()].slice(0, count);
}

interface Wanted {
  readonly product: Product;
  readonly tilings: readonly Tiling[];
}
/** Nanoseconds a product takes in some tiling; infinite if it cannot be run. */
export type TimeTiling = (product: Product, tiling: Tiling) => Promise<number>;

/** How a device chooses. */
export interface Choices {
  readonly choose: Choose;
  /** Counts changes: what was made before may be made better now. */
  readonly generation: number;
  /** Finds out what has been asked for, one class after the other; resolves when all is known. */
  measure(time: TimeTiling): Promise<void>;
}

export class MeasuredChoices implements Choices {
  readonly #adapter: string;
  readonly #store: ChoiceStore | null;
  readonly #known: Map<string, Choice>;
  /** What has been asked for and is not known; what is being timed. */
  readonly #wanted = new Map<string, Wanted>();
  #measuring: Promise<void> | null = null;
  generation: number = 0;

  readonly #worth: number;

  /** Products of `worth` points or more are timed. */
  constructor(adapter: string, store: ChoiceStore | null, worth: number = worthTiming) {
    this.#worth = worth;
    this.#adapter = adapter;
    this.#store = store;
    this.#known = new Map(Object.entries(this.#stored()[adapter] ?? {}));
  }

  readonly choose: Choose = (product, tilings, { software }) => {
    const key = classOf(product);
    const known = this.#known.get(key);
    const kept = known && tilings.find((tiling) => same(tiling, known.tiling));
    if (known && kept)
      return { tiling: kept, why: `fastest of ${known.of}: ${(known.time / 1e6).toFixed(3)} ms` };
    if (productsIn(product) >= this.#worth && !this.#wanted.has(key))
      this.#wanted.set(key, { product, tilings: candidates(tilings, software ? fewest : most) });
    return { tiling: tilings[0] as Tiling, why: byEstimate };
  };

  measure(time: TimeTiling): Promise<void> {
    if (this.#wanted.size > 0) this.#measuring ??= this.#measureAll(time);
    return this.#measuring ?? Promise.resolve();
  }
  async #measureAll(time: TimeTiling): Promise<void> {
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        const [key, { product, tilings }] = next;
        let best: Choice | null = null;
        for (const tiling of tilings) {
          const took = await time(product, tiling);
          if (took < (best?.time ?? Infinity)) best = { tiling, time: took, of: tilings.length };
        }
        this.#wanted.delete(key);
        if (!best) continue;
        this.#known.set(key, best);
        this.generation++;
        this.#save(key, best);
      }
    } finally {
      this.#measuring = null;
    }
  }
  #next(): readonly [string, Wanted] | undefined {
    return this.#wanted.entries().next().value;
  }

  /** What cannot be read is measured again. */
  #stored(): AllChoices {
    try {
      const all: unknown = JSON.parse(this.#store?.read() ?? "{}");
      return Object.fromEntries(
        entriesOf(all).map(([adapter, choices]) => [
          adapter,
          Object.fromEntries(entriesOf(choices).filter(isChoice)),
        ]),
      );
    } catch {
      return {};
    }
  }
  #save(key: string, choice: Choice): void {
    const all = this.#stored(); // others may have written meanwhile
    const mine = { ...all[this.#adapter], [key]: choice };
    try {
      this.#store?.write(JSON.stringify({ ...all, [this.#adapter]: mine }));
    } catch {
      // a folder that cannot be written to costs a measurement in the next process, and no more
    }
  }
}

interface Host {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly getBuiltinModule?: <T>(name: string) => T | undefined;
  };
  readonly localStorage?: {
    getItem(key: string): string | null;
    setItem(key: string, text: string): void;
  };
}
const item = "minitorch/webgpu-kernels";

/** A file in the user's cache folder, or an item that a page may keep; null where there is neither. */
export function defaultStore(host: Host = globalThis as Host): ChoiceStore | null {
  try {
    return storeOf(host);
  } catch {
    return null; // a frame that may store nothing, a process that may read no variables
  }
}
function storeOf(host: Host): ChoiceStore | null {
  const { process } = host;
  const files = process?.getBuiltinModule?.<typeof import("node:fs")>("node:fs");
  const home = process?.getBuiltinModule?.<typeof import("node:os")>("node:os")?.homedir();
  if (files && home) {
    const folder = `${process?.env?.XDG_CACHE_HOME ?? `${home}/.cache`}/minitorch`;
    const file = `${folder}/webgpu-kernels.json`;
    return {
      read: () => (files.existsSync(file) ? files.readFileSync(file, "utf8") : null),
      write: (text) => {
        files.mkdirSync(folder, { recursive: true });
        const fresh = `${file}.${Math.random().toString(36).slice(2)}`;
        files.writeFileSync(fresh, text);
        files.renameSync(fresh, file); // never half a file
      },
    };
  }
  const storage = host.localStorage;
  return storage
    ? { read: () => storage.getItem(item), write: (text) => storage.setItem(item, text) }
    : null;
}
