/**
 * Module 2.14 — Programs: compiled once, run with every new value.
 *
 * A cached program knows its outputs by their place in the recorded graph. Rule R3: when an
 * interior value had to be recomputed after a run, the program is told, and keeps that value from
 * its next run on.
 */
import type { Backend, Buffer, Executable, Program } from "@mt/backend";
import type { Node, Teachable } from "../graph/node.ts";
import { emit } from "../schedule/emit.ts";
import { plan } from "../schedule/plan.ts";
import { schedule } from "../schedule/schedule.ts";
import { sameNumbers } from "../shape.ts";
import type { Walk } from "./key.ts";

/** A tensor whose value is replaced at the barrier. */
export interface Assignable {
  readonly node: Node;
  readonly versions: Versions;
  /** Goes back to the version in use: its new value could not be computed. */
  revert(): void;
}
/**
 * Two buffers that a value alternates between, from step to step: of a tensor that is assigned, or
 * of an interior value that a program keeps. Alive as long as those and the values in it; its
 * buffers are freed with it.
 */
export interface Versions {
  readonly buffers: Buffer[];
  /** The node of the version now in use, and of the one before. */
  current: Node | null;
  previous: Node | null;
}

/** One run of a program, from nodes that have values to nodes that get them. */
export interface Run {
  readonly program: CachedProgram;
  readonly executable: Executable;
  readonly graph: Pick<Walk, "order" | "args" | "numbers">;
  readonly outputs: readonly Node[];
  /** Those of the outputs, the last ones, that the program has learned to keep. */
  readonly learned: readonly Node[];
  readonly assigns: readonly Assignable[];
  readonly scalars: Float64Array;
}

export class CachedProgram implements Teachable {
  declare readonly codes: Int32Array;
  /** Interior values that are kept as well, by their place in the recorded graph. */
  readonly learned: Map<number, Versions> = new Map();
  #executable: Executable | null = null;
  /** How much had been learned when that was compiled. */
  #lessons = 0;

  constructor(codes: Int32Array) {
    this.codes = codes.slice();
  }

  learn(place: number): void {
    if (!this.learned.has(place))
      this.learned.set(place, { buffers: [], current: null, previous: null });
  }

  /** Whether this is still what it runs: it may have learned more since, or been dropped. */
  isCurrent(executable: Executable): boolean {
    return this.#executable === executable && this.#lessons === this.learned.size;
  }

  /** The executable for `outputs`, then what was learned, in that order. */
  executable(walk: Walk, outputs: readonly Node[], backend: Backend): Executable {
    if (!this.#executable || !this.isCurrent(this.#executable)) {
      this.dispose();
      this.#executable = backend.compile(compileGraph(walk, outputs, backend));
      this.#lessons = this.learned.size;
    }
    return this.#executable;
  }

  dispose(): void {
    this.#executable?.[Symbol.dispose]();
    this.#executable = null;
  }
}

/** Schedule, lower, plan. */
export function compileGraph(walk: Walk, outputs: readonly Node[], backend: Backend): Program {
  const results = new Set(outputs);
  const kernels = emit(schedule(walk.order, results, backend.limits), results, backend);
  return plan(kernels, walk, outputs, backend);
}

const mostPrograms = 512;

/** Programs by graph; the least recently used go when there are too many. */
export class ProgramCache {
  readonly #table = new Map<number, CachedProgram[]>();
  readonly #evicted: (program: CachedProgram) => void;
  #count = 0;

  /** `evicted` is told of programs that go, to see to the buffers they hold. */
  constructor(evicted: (program: CachedProgram) => void) {
    this.#evicted = evicted;
  }

  /** The program of this graph, if there is one. */
  find(walk: Walk): CachedProgram | undefined {
    const found = this.#table.get(walk.hash);
    return found?.find((program) => sameNumbers(program.codes, walk.codes));
  }

  get(walk: Walk): CachedProgram {
    const found = this.find(walk) ?? new CachedProgram(walk.codes);
    const list = this.#table.get(walk.hash) ?? [];
    this.#table.delete(walk.hash); // to the end: recently used
    this.#table.set(walk.hash, list);
    if (!list.includes(found)) {
      list.push(found);
      this.#count++;
      this.#evict();
    }
    return found;
  }

  /** How many programs there are. */
  get size(): number {
    return this.#count;
  }

  #evict(): void {
    for (const [hash, list] of this.#table) {
      if (this.#count <= mostPrograms) return;
      this.#table.delete(hash);
      this.#count -= list.length;
      for (const program of list) {
        program.dispose();
        this.#evicted(program);
      }
    }
  }
}
