/**
 * Module 2.15 — The barrier.
 *
 * Nothing runs until a value is needed. Then one program computes what was asked for, every pending
 * `assign` and every recorded value that nothing has consumed (rule R1): what an eager library would
 * have computed, fused. An assigned tensor alternates between two buffers (rule R2), so the values
 * of one step back can still be read.
 */
import { type Backend, type Buffer, type BufferPool, deviceFailed, poolOf } from "@mt/backend";
import type { TypedArray } from "@mt/operators";
import { disposed, expired } from "../errors.ts";
import type { Loss, Node, Recorder } from "../graph/node.ts";
import { origins, probes } from "../graph/probes.ts";
import { decode, encode } from "./elements.ts";
import { type Walk, walk } from "./key.ts";
import { Net } from "./net.ts";
import {
  type Assignable,
  type CachedProgram,
  ProgramCache,
  type Run,
  type Versions,
} from "./program.ts";
import { deviceValue, hostValue, type Value } from "./value.ts";

/** Results up to this many bytes live in JavaScript memory, as losses and metrics do. */
const smallResult = 4096;
/** Host data copied for this many runs is kept on the device. */
const keptUploads = 3;

export class Device implements Recorder {
  declare readonly backend: Backend;
  declare readonly pool: BufferPool;
  readonly programs: ProgramCache = new ProgramCache((program) => this.#orphan(program));
  readonly assigns: Set<Assignable> = new Set();
  pending: Node[] = [];
  readonly #net: Net;

  constructor(backend: Backend) {
    this.backend = backend;
    this.pool = poolOf(backend);
    this.#net = new Net(this.pool);
  }

  realize(asked: readonly Node[]): void {
    const assigns = [...this.assigns];
    const { outputs, graph } = this.owed(asked, assigns);
    for (const node of asked) node.program?.learn(node.place);
    this.pending = [];
    this.assigns.clear();
    if (outputs.length === 0) return;
    try {
      this.#run(outputs, graph, assigns);
    } catch (error) {
      // what failed is not owed any more, or all later barriers would fail with it; whatever was
      // recorded can still be asked for
      for (const x of assigns) x.revert();
      throw error;
    }
  }

  /** What rule R1 asks for, when these nodes are read. @throws TensorError if they are lost. */
  owed(
    asked: readonly Node[],
    assigns: readonly Assignable[],
  ): { outputs: readonly Node[]; graph: Walk } {
    const wanted = new Set<Node>();
    for (const { node } of assigns) if (!node.value) wanted.add(node);
    for (const node of asked) {
      if (node.lost) throw node.lost("read", node.shape.dims);
      if (!node.value) wanted.add(node);
    }
    for (const node of this.pending)
      if ((node.wanted || !node.consumed) && !node.value && !node.lost && isComputed(node))
        wanted.add(node);
    return this.#walkable([...wanted], asked, assigns);
  }

  /** Leaves out values that nobody asked for and that can no longer be computed. */
  #walkable(
    wanted: readonly Node[],
    asked: readonly Node[],
    assigns: readonly Assignable[],
  ): { outputs: readonly Node[]; graph: Walk } {
    const graph = walk(wanted);
    if (!graph.order.some((x) => x.lost)) return { outputs: wanted, graph };
    const losses: (Loss | null)[] = []; // what each node cannot be computed for, by its place
    for (const { value, lost, inputs } of graph.order) {
      const above = value ? undefined : inputs.find(({ index }) => losses[index]);
      losses.push(above ? (losses[above.index] as Loss) : lost);
    }
    for (const x of asked) {
      const why = !x.value && losses[x.index];
      if (why) throw why("read", x.shape.dims);
    }
    for (const { node } of assigns) {
      const why = !node.value && losses[node.index];
      if (!why) continue;
      this.assigns.clear();
      for (const x of assigns) x.revert();
      throw why("assign", node.shape.dims);
    }
    for (const x of wanted) {
      const why = losses[x.index];
      if (why) forget(x, why);
    }
    const outputs = wanted.filter((x) => !x.lost);
    return { outputs, graph: walk(outputs) };
  }

  #run(wanted: readonly Node[], graph: Walk, assigns: readonly Assignable[]): void {
    const program = this.programs.get(graph);
    const learned = Array.from(program.learned.keys(), (place) => graph.order[place] as Node);
    const outputs = learned.length ? [...wanted, ...learned] : wanted;
    const executable = this.#asking("compile a program", () =>
      program.executable(graph, outputs, this.backend),
    );
    const scalars = new Float64Array(graph.numbers.map((x) => x.number as number));
    const run = { program, executable, graph, outputs, learned, assigns, scalars };
    this.execute(run);
    if (probes.tape !== null) probes.tape.ran(run);
  }

  /** Runs a program and hands out its results. */
  execute(run: Run): void {
    const { executable, graph, outputs, scalars } = run;
    const borrowed: Buffer[] = [];
    const taken: Buffer[] = [];
    const versions = this.#versions(run);
    let results: readonly Buffer[] = [];
    try {
      const inputs = graph.args.map((x) => this.#bind(x, borrowed));
      results = outputs.map((x, i) => {
        const kept = versions[i];
        if (kept) return this.#idle(kept, x, inputs);
        const buffer = this.#allocate(x);
        (this.#isSmall(x) ? borrowed : taken).push(buffer);
        return buffer;
      });
      const buffers = [...inputs, ...results];
      const { backend } = this;
      if (!probes.running?.({ backend, graph, outputs, buffers, scalars }))
        this.#asking("run a program", () => executable.run(buffers, scalars));
      this.#settle(run, results, versions);
    } catch (error) {
      for (const buffer of taken) this.pool.free(buffer);
      for (const x of versions) {
        const previous = x?.previous;
        const buffer = previous?.value?.buffer; // half overwritten, perhaps
        if (buffer && results.includes(buffer)) forget(previous, expired);
      }
      throw error;
    } finally {
      for (const buffer of borrowed) this.pool.free(buffer);
    }
    this.#net.watch(this.pool);
  }

  /** What the device throws in its own words says who threw it, and at what. */
  #asking<R>(doing: string, ask: () => R): R {
    try {
      return ask();
    } catch (error) {
      const known = (error as Error | null)?.name === "BackendError"; // of any copy
      throw known ? error : deviceFailed(this.backend.name, doing, error);
    }
  }
  #bytes(x: Node): number {
    return x.shape.size * (this.backend.dtypes.get(x.dtype) ?? 4);
  }
  #isSmall(x: Node): boolean {
    const { readSync, queued } = this.backend;
    return this.#bytes(x) <= smallResult && readSync !== undefined && !queued;
  }
  #allocate(x: Node): Buffer {
    const line = origins.get(x);
    const label = x.dtype + x.shape.text;
    const bytes = this.#bytes(x);
    return this.#asking("allocate", () =>
      this.pool.allocate(bytes, line ? `${label} made at ${line}` : label),
    );
  }

  /** A buffer with an argument's elements; host data is copied in, for this run or for good. */
  #bind(x: Node, borrowed: Buffer[]): Buffer {
    const value = x.value as Value;
    if (value.buffer) return value.buffer;
    const host = value.host as TypedArray;
    const buffer = this.#allocate(x);
    this.backend.write(buffer, encode(x, host, this.backend));
    const keep = ++value.uploads >= keptUploads && this.#bytes(x) > smallResult;
    if (keep) this.#own(value, buffer);
    else borrowed.push(buffer);
    return buffer;
  }

  /** The buffer is freed when nothing refers to the value any more. */
  #own(value: Value, buffer: Buffer): void {
    value.buffer = buffer;
    value.keeper = null;
    this.#net.register(value, [buffer], value);
  }

  /** What each output becomes a version of: an assigned tensor, or, in a step, what was learned. */
  #versions({ assigns, outputs, learned, program }: Run): readonly (Versions | undefined)[] {
    const found: (Versions | undefined)[] = [];
    let at = -1;
    for (const { node, versions } of assigns) {
      if (outputs[++at] !== node) at = outputs.indexOf(node); // most often the next one
      if (at >= 0) found[at] ??= versions;
    }
    // without a step no version is lost: such results are as lasting as any
    if (assigns.length > 0)
      learned.forEach((x, i) => {
        const place = outputs.length - learned.length + i;
        if (!this.#isSmall(x)) found[place] ??= program.learned.get(x.index);
      });
    return found;
  }

  /** The buffer of the version before last, or one more. */
  #idle(versions: Versions, x: Node, inputs: readonly Buffer[]): Buffer {
    const { buffers, current } = versions;
    const inUse = current?.value?.buffer;
    const idle = buffers.find((b) => b !== inUse && !inputs.includes(b));
    if (idle) return idle;
    const buffer = this.#allocate(x);
    if (buffers.length === 0) this.#net.register(versions, buffers);
    buffers.push(buffer);
    return buffer;
  }

  /** What a program that goes has learned to keep stays with the values that hold it. */
  #orphan(program: CachedProgram): void {
    for (const { buffers, current, previous } of program.learned.values())
      for (const buffer of buffers.splice(0)) {
        const held = [current?.value, previous?.value].find((value) => value?.buffer === buffer);
        if (held) this.#own(held, buffer);
        else this.pool.free(buffer);
      }
  }

  /** Hands results to their nodes; the graph above them is forgotten where nothing needs it. */
  #settle(
    { program, graph, outputs, assigns }: Run,
    results: readonly Buffer[],
    versions: readonly (Versions | undefined)[],
  ): void {
    for (const x of graph.order) {
      if (x.value || x.kind === "leaf") continue;
      x.program = program;
      x.place = x.index;
    }
    outputs.forEach((x, i) => {
      const buffer = results[i] as Buffer;
      const kept = versions[i];
      if (!kept && this.#isSmall(x)) {
        const bytes = this.backend.readSync?.(buffer) as Uint8Array;
        x.value = hostValue(decode(x, bytes, this.backend));
      } else {
        x.value = deviceValue(buffer);
        if (kept) nextVersion(kept, x);
        else this.#own(x.value, buffer);
      }
      x.program = null;
      release(x);
    });
    for (const { node, versions } of assigns) nextVersion(versions, node);
  }

  /** Frees a node's elements now. */
  free(x: Node, versions: Versions | null): void {
    const { value } = x;
    forget(x, disposed);
    if (versions) {
      for (const version of [versions.current, versions.previous])
        if (version) forget(version, disposed);
      for (const buffer of versions.buffers.splice(0)) this.pool.free(buffer);
    }
    if (value?.buffer && !value.keeper) this.#release(value);
  }
  #release(value: Value): void {
    this.#net.unregister(value);
    this.pool.free(value.buffer as Buffer);
    value.buffer = null;
  }

  /** The elements in host memory. @throws TensorError if they are gone. */
  async read(x: Node): Promise<TypedArray> {
    if (!x.value) this.realize([x]); // the barrier might replace what is there
    const value = x.value as Value;
    const data =
      value.host?.slice() ??
      this.#keptByHost(x, value, await this.backend.read(value.buffer as Buffer));
    if (this.#net.pending) await this.#net.finish();
    return data;
  }
  readSync(x: Node): TypedArray | null {
    if (!x.value) this.realize([x]); // the barrier might replace what is there
    const value = x.value as Value;
    if (value.host) return value.host.slice();
    const bytes = this.backend.readSync?.(value.buffer as Buffer);
    return bytes ? this.#keptByHost(x, value, bytes) : null;
  }
  /**
   * A result that was read lives on in JavaScript memory, which is collected in any loop; device
   * buffers wait for finalizers, which a synchronous loop never reaches.
   */
  #keptByHost(x: Node, value: Value, bytes: Uint8Array): TypedArray {
    const data = decode(x, bytes, this.backend);
    if (!value.buffer || value.keeper) return data;
    value.host = data;
    this.#release(value);
    return data.slice();
  }
}

const devices = new WeakMap<Backend, Device>();
/**
 * The device's one recorder. Another copy of this package has recorders of its own (only the pool is
 * shared): ids of shapes and operators, which programs are cached by, are those of one copy.
 */
export function deviceOf(backend: Backend): Device {
  const device = devices.get(backend) ?? new Device(backend);
  devices.set(backend, device);
  return device;
}

/** The version before last is lost: its buffer is the next to be written. */
function nextVersion(versions: Versions, x: Node): void {
  const { current, previous } = versions;
  if (current === x) return;
  if (previous) forget(previous, expired);
  versions.previous = current;
  versions.current = x;
  if (x.value) x.value.keeper = versions;
}

function forget(x: Node, why: Loss): void {
  x.value = null;
  x.lost = why;
  x.inputs = [];
}

/** A realized node keeps its inputs only while a gradient may still flow through it. */
export function release(x: Node): void {
  if (!x.needsGrad || x.differentiated || x.owner) x.inputs = [];
}

/** A view of elements that exist is no computation: nothing is owed to it. */
function isComputed(x: Node): boolean {
  let base = x;
  while (base.kind === "move" && !base.value) base = base.inputs[0] as Node;
  return !base.value && base.kind !== "leaf";
}
