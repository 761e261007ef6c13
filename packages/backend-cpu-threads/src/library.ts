/**
 * Module 3.22 — Kernels by structure, each compiled once.
 *
 * Two kernels that differ only in where their data lie and in which numbers they use are one entry.
 * The oldest unused go first: a compiled module holds some 40 kB.
 */
import {
  type Binding,
  type ContractKernel,
  contractAsLoop,
  type Kernel,
  kernelKey,
  localize,
  slotsOf,
} from "@mt/backend";
import { generate } from "./generate/generate.ts";
import type { GeneratedKernel } from "./generate/kernel.ts";
import type { Tuning } from "./generate/plan.ts";
import { alignment } from "./memory/heap.ts";
import { mustBeNarrow } from "./simd256.ts";
import type { Crew, Job } from "./threads/crew.ts";

/** One piece of work, compiled. */
export interface CompiledKernel extends GeneratedKernel {
  /** Its layout in one line. */
  readonly summary: string;
  readonly run: (first: number, last: number, block: number) => void;
  /** As threads know it. */
  readonly job: Job;
}
/** What a kernel of a program is run by. */
export interface Prepared {
  readonly kernels: readonly CompiledKernel[];
  /** Slots and dtypes behind the addresses of the block. */
  readonly bindings: readonly Binding[];
  /** Slots it writes. */
  readonly stores: readonly number[];
  /** Where in its scratch space further addresses lead, and the bytes of that. */
  readonly scratch: readonly number[];
  readonly space: number;
  /** Numbers of the program's scalars, in the order of the block. */
  readonly scalars: readonly number[];
  /** What has to be run if kernels set the flag of the block: what they did was in vain. */
  readonly again: () => Prepared;
}
type Entry = Pick<Prepared, "kernels" | "scratch" | "space">;

const mostEntries = 2048;

export class Library {
  readonly #memory: WebAssembly.Memory;
  readonly #crew: Crew;
  readonly #tuning: Tuning;
  readonly #entries = new Map<string, Entry>();

  constructor(memory: WebAssembly.Memory, crew: Crew, tuning: Tuning) {
    this.#memory = memory;
    this.#crew = crew;
    this.#tuning = tuning;
  }

  prepare(whole: Kernel): Prepared {
    const scalars: number[] = [];
    const { kernel, bindings } = localize(whole, scalars);
    const { stores } = slotsOf(whole);
    const entry = this.#entry(kernel, bindings.length);
    const again = () => this.prepare(contractAsLoop(whole as ContractKernel));
    return { ...entry, bindings, stores, scalars, again };
  }

  clear(): void {
    this.#entries.clear();
  }

  #entry(kernel: Kernel, bindings: number): Entry {
    const key = kernelKey(kernel);
    const entry = this.#entries.get(key) ?? this.#make(kernel, bindings);
    this.#entries.delete(key); // to the end: used last
    this.#entries.set(key, entry);
    if (this.#entries.size > mostEntries)
      this.#entries.delete(this.#entries.keys().next().value as string);
    return entry;
  }

  #make(kernel: Kernel, bindings: number): Entry {
    const { kernels, scratch: sizes } = generate(
      kernel,
      bindings,
      mustBeNarrow(kernel) ? { ...this.#tuning, unroll: 1 } : this.#tuning,
    );
    let space = 0;
    const scratch = sizes.map((bytes) => {
      const start = space;
      space += Math.ceil(bytes / alignment) * alignment;
      return start;
    });
    return { kernels: kernels.map((x) => this.#compile(x, kernel)), scratch, space };
  }

  #compile(kernel: GeneratedKernel, { kind, outer }: Kernel): CompiledKernel {
    const module = new WebAssembly.Module(kernel.bytes);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const run = instance.exports.run as CompiledKernel["run"];
    const summary = Object.entries(kernel.layout)
      .map((fact) => fact.join(" "))
      .join(", ");
    const name = `${kind} [${outer}], ${summary}`;
    return { ...kernel, summary, run, job: this.#crew.learn({ ...kernel, name, run }) };
  }
}
