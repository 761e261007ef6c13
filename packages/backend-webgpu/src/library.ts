/**
 * Module 3.119 — Kernels by structure, each compiled once.
 *
 * Two kernels that differ only in where their data lie and in which numbers they use are one entry.
 * What compilers find wrong is known later, and rejects the next read.
 */
import { type BackendError, type Binding, type Kernel, kernelKey, localize } from "@mt/backend";
import type { Choices } from "./choices.ts";
import { byEstimate } from "./generate/contract.ts";
import { generate } from "./generate/generate.ts";
import type { Facts, GeneratedKernel } from "./generate/kernel.ts";
import { badModule, type Complaint, tooManyKernels } from "./gpu/errors.ts";
import type { Asked, Faults } from "./gpu/faults.ts";

/** One dispatch, compiled. */
export interface CompiledKernel extends GeneratedKernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}
/** What a kernel of a program is run by. */
export interface Prepared {
  readonly kernels: readonly CompiledKernel[];
  /** Slots behind the kernel's own bindings. */
  readonly bindings: readonly Binding[];
  /** Bytes of scratch space behind further bindings. */
  readonly scratch: readonly number[];
  /** Numbers of the program's scalars behind those of the kernel. */
  readonly scalars: readonly number[];
}
interface Entry extends Pick<Prepared, "kernels" | "scratch"> {
  /** When it was made, in generations of choices; and whether a later one may choose otherwise. */
  readonly generation: number;
  readonly open: boolean;
  /** What the compiler found wrong, once that is known. */
  error: BackendError | null;
}

const mostEntries = 2048;
/**
 * Kernels compiled between two tasks of the host. WebGPU has no call that lets a pipeline go: engines
 * do when they collect it, Node's only between tasks. A driver may take half a MiB for each.
 */
const mostInTask = 8192;
const computeStage = 0x4;

export class Library {
  readonly #name: string;
  readonly #device: GPUDevice;
  readonly #facts: Facts;
  readonly #faults: Faults;
  readonly #choices: Choices;
  readonly #entries = new Map<string, Entry>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  /** Kernels compiled in this task. */
  #inTask = 0;

  constructor(name: string, device: GPUDevice, facts: Facts, faults: Faults, choices: Choices) {
    this.#name = name;
    this.#device = device;
    this.#facts = facts;
    this.#faults = faults;
    this.#choices = choices;
  }

  prepare(whole: Kernel): Prepared {
    const scalars: number[] = [];
    const { kernel, bindings } = localize(whole, scalars);
    return { ...this.#entry(kernel, bindings.length), bindings, scalars };
  }

  clear(): void {
    this.#entries.clear();
  }

  #entry(kernel: Kernel, bindings: number): Entry {
    const key = kernelKey(kernel);
    const known = this.#entries.get(key);
    const { generation, choose } = this.#choices;
    if (known && (known.generation === generation || !known.open)) {
      this.#entries.delete(key); // to the end: used last
      this.#entries.set(key, known);
      if (known.error) throw known.error;
      return known;
    }
    const { kernels, scratch } = generate(kernel, bindings, this.#facts, choose);
    const compiled = kernels.map((x) => this.compile(x, kernel));
    const open = kernels.some(({ chosen }) => chosen === byEstimate);
    const list = compiled.map((x) => x.kernel);
    const made: Entry = { kernels: list, scratch, generation, open, error: null };
    for (const { asked } of compiled) {
      const { popped, tell, tellAll } = asked;
      const kept = (error: BackendError): BackendError => {
        made.error ??= error;
        return made.error;
      };
      this.#faults.expect({
        popped,
        tell: (error) => kept(tell(error)),
        tellAll: async (error) => kept(await tellAll(error)),
      });
    }
    if (this.#entries.size >= mostEntries)
      this.#entries.delete(this.#entries.keys().next().value as string);
    this.#entries.set(key, made);
    return made;
  }

  /**
   * A pipeline, and what the compiler finds wrong, once that is known.
   * @throws BackendError if too many were made without a pause.
   */
  compile(
    generated: GeneratedKernel,
    kernel: Kernel,
  ): { readonly kernel: CompiledKernel; readonly asked: Required<Asked> } {
    this.#count();
    const device = this.#device;
    const layout = this.#layout(generated);
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code: generated.code });
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({
        bindGroupLayouts: [layout],
        ...(generated.immediate ? { immediateSize: 4 * generated.numbers.length } : {}),
      }),
      compute: { module, entryPoint: "main" },
    });
    const tell = (error: GPUError, found: readonly Complaint[]): BackendError =>
      badModule(this.#name, kernel, generated.code, found, error.message);
    const asked: Required<Asked> = {
      popped: device.popErrorScope(),
      tell: (error) => tell(error, complaintsIn(error.message)),
      tellAll: async (error) => tell(error, await complaintsAbout(module)),
    };
    return { kernel: { ...generated, pipeline, layout }, asked };
  }

  /** @throws BackendError if a task that never ends would fill the memory with pipelines. */
  #count(): void {
    if (this.#inTask >= mostInTask) throw tooManyKernels(this.#name, mostInTask);
    if (this.#inTask++ === 0)
      setTimeout(() => {
        this.#inTask = 0;
      });
  }

  /** The layout of a bind group: one for all kernels with the same ways of access. */
  #layout({ bindings, numbers, immediate }: GeneratedKernel): GPUBindGroupLayout {
    const uniform = numbers.length > 0 && !immediate;
    const key = `${bindings.map(({ access }) => access).join()}${uniform ? "|" : ""}`;
    const types = bindings.map(({ access }) =>
      access === "read" ? ("read-only-storage" as const) : ("storage" as const),
    );
    const all = uniform ? [...types, "uniform" as const] : types;
    const made =
      this.#layouts.get(key) ??
      this.#device.createBindGroupLayout({
        entries: all.map((type, binding) => ({
          binding,
          visibility: computeStage,
          buffer: { type },
        })),
      });
    this.#layouts.set(key, made);
    return made;
  }
}

async function complaintsAbout(module: GPUShaderModule): Promise<readonly Complaint[]> {
  const { messages } = await module.getCompilationInfo();
  return messages.flatMap(({ type, lineNum: line, message }) =>
    type === "error" ? [{ line, message }] : [],
  );
}
/** The same as Dawn tells it in the text of an error: `:12:7 error: …`. */
const complaintsIn = (said: string): readonly Complaint[] =>
  Array.from(said.matchAll(/:(\d+):\d+ error: (.*)/g), ([, line, message]) => ({
    line: Number(line),
    message: message as string,
  }));
