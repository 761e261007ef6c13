/**
 * Module 3.92 — A WGSL module as it is written: lines, names, bindings, numbers.
 *
 * What a module declares is what its body came to use, so generators write the body first and never
 * count anything. Functions of the prelude are found by their names in the text.
 */
import type { DType } from "@mt/operators";
import type { Facts, GeneratedKernel, KernelBinding, KernelNumber } from "../generate/kernel.ts";
import { hideBits, preludeFor } from "./prelude.ts";
import { storageOf } from "./storage.ts";

/** Words that a dispatch may carry, and bytes of one. */
const wordBytes = 4;

interface Bound {
  access: KernelBinding["access"];
  readonly element: string;
}

export class ModuleWriter {
  readonly facts: Facts;
  readonly #lines: string[] = [];
  readonly #declarations: string[] = [];
  readonly #enables = new Set<string>();
  readonly #bound = new Map<number, Bound>();
  readonly #numbers: KernelNumber[] = [];
  #depth = 1;
  #names = 0;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  line(text: string): void {
    this.#lines.push(`${"  ".repeat(this.#depth)}${text}`);
  }
  comment(text: string): void {
    this.line(`// ${text.replaceAll("\n", " ")}`);
  }
  /** `head { … }` */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.line("}");
  }
  /** A name nothing else has. */
  name(prefix: string): string {
    return `${prefix}_${this.#names++}`;
  }
  /** Gives a value a name. */
  keep(value: string, prefix = "t"): string {
    const name = this.name(prefix);
    this.line(`let ${name} = ${value};`);
    return name;
  }

  /** Asks for an extension of the language: "f16", "subgroups". */
  enable(extension: string): void {
    this.#enables.add(extension);
  }
  /** Text outside of `main`: a function of the module's own, memory of the workgroup. */
  declare(text: string): void {
    this.#declarations.push(text);
  }

  /** A function of the module's own, its body written as lines are. */
  define(head: string, body: () => void): void {
    const outer = this.#lines.splice(0);
    const depth = this.#depth;
    this.#depth = 0;
    this.block(head, body);
    this.#depth = depth;
    this.declare(this.#lines.splice(0).join("\n"));
    this.#lines.push(...outer);
  }

  /** The array behind a binding of the kernel; `element` where it is not the dtype's own. */
  array(
    binding: number,
    dtype: DType,
    access: KernelBinding["access"] = "read",
    element: string = storageOf(dtype).element,
  ): string {
    if (/\bf16\b/.test(element)) this.enable("f16");
    const known = this.#bound.get(binding);
    if (!known) this.#bound.set(binding, { access, element });
    else if (access === "read_write") known.access = access;
    return `b${binding}`;
  }
  /** A number of the run, as a value of its dtype. */
  number(index: number, dtype: DType): string {
    const same = (x: KernelNumber): boolean => x.index === index && x.dtype === dtype;
    const known = this.#numbers.findIndex(same);
    const place = known >= 0 ? known : this.#numbers.push({ index, dtype }) - 1;
    return storageOf(dtype).decode(`numbers.n${place}`);
  }

  /** The whole module; `parameters` are those of `main`. */
  finish(
    invocations: number | readonly [number, number],
    parameters: readonly string[],
    workgroups: readonly [number, number, number],
    summary: string,
  ): GeneratedKernel {
    const bound = [...this.#bound].sort(([a], [b]) => a - b);
    const bindings = bound.map(([binding, { access }]) => ({ binding, access }));
    const immediate =
      this.#numbers.length > 0 && this.#numbers.length * wordBytes <= this.facts.immediateBytes;
    const text = [...this.#declarations, ...this.#lines];
    const prelude = preludeFor(text.join("\n"));
    const hides = prelude.some((line) => line.includes("no_bits")) ? bound.slice(0, 1) : [];
    const body = [
      ...this.#declarations,
      `@compute @workgroup_size(${[invocations].flat().join(", ")})`,
      `fn main(${parameters.join(", ")}) {`,
      ...hides.map(([binding]) => `  ${hideBits(`b${binding}`)}`),
      ...this.#lines,
      "}",
    ];
    if (body.some((line) => /\bf16\b/.test(line))) this.enable("f16");
    const code = [
      ...Array.from(this.#enables, (extension) => `enable ${extension};`),
      ...(immediate ? ["requires immediate_address_space;"] : []),
      ...bound.map(
        ([binding, { access, element }], i) =>
          `@group(0) @binding(${i}) var<storage, ${access}> b${binding}: array<${element}>;`,
      ),
      ...this.#numbersText(bindings.length, immediate),
      ...prelude,
      ...body,
    ].join("\n");
    return { code, bindings, workgroups, numbers: this.#numbers, immediate, summary };
  }

  #numbersText(binding: number, immediate: boolean): readonly string[] {
    if (this.#numbers.length === 0) return [];
    const where = immediate ? "var<immediate>" : `@group(0) @binding(${binding}) var<uniform>`;
    const fields = this.#numbers.map((_, i) => `n${i}: u32`);
    return [`struct Numbers { ${fields.join(", ")} }`, `${where} numbers: Numbers;`];
  }
}

/** Groups of a dispatch for so many pieces of work: along x, and on in y and z if they are many. */
export function gridOf(count: number, { groups }: Facts): readonly [number, number, number] {
  const x = Math.min(count, groups);
  const y = Math.min(Math.ceil(count / Math.max(1, x)), groups);
  const z = Math.ceil(count / Math.max(1, x * y));
  return [x, y, z];
}
/** The number of a workgroup in such a grid; there may be more of them than were asked for. */
export function groupNumber([x, y, z]: readonly [number, number, number]): string {
  const planes = z > 1 ? ` + group.z * ${x * y}u` : "";
  return y > 1 ? `(group.x + group.y * ${x}u${planes})` : "group.x";
}
/** The parameters of `main` that generators share. */
export const parameters: readonly string[] = [
  "@builtin(workgroup_id) group: vec3u",
  "@builtin(local_invocation_index) lane: u32",
];
