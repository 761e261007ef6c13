/**
 * Module 3.101b — What the invocations of a point have found becomes what all of them know.
 *
 * Through workgroup memory, in a tree: a barrier for each of its levels. Where subgroups have one size
 * their invocations tell each other first, without memory, and one barrier is left: for what the
 * subgroups came to.
 */
import type { Fold } from "@mt/backend";
import { argument, type DType, type Expr, isFloat } from "@mt/operators";
import { emitFormulas } from "../wgsl/formula.ts";
import { literal, storageOf } from "../wgsl/storage.ts";
import { type ModuleWriter, parameters } from "../wgsl/writer.ts";
import type { Facts } from "./kernel.ts";

/** How a workgroup is shared out. */
export interface Layout {
  /** Outer points of a workgroup, and invocations of each point: powers of two. */
  readonly across: number;
  readonly along: number;
  /** Whether neighbors in a workgroup are neighbors along the inner box, or along the outer. */
  readonly innerFirst: boolean;
}
/** A fold, whose value in an invocation is the variable f`number`. */
export interface Numbered extends Fold {
  readonly number: number;
}
export const foldDtype = ({ monoid }: Fold): DType => monoid.combine.dtype;

/** A sum of floats, which rounds. */
export function isSum({ monoid }: Fold): boolean {
  const { combine } = monoid;
  return (
    combine.kind === "call" &&
    combine.primitive === "add" &&
    combine.args.every((x) => x.kind === "arg") &&
    isFloat(combine.dtype)
  );
}

/** Combines a value into one that is carried; sums of floats are carried in f32. */
export function combine(writer: ModuleWriter, fold: Fold, carried: string, value: string): void {
  if (isSum(fold)) {
    writer.line(`${carried} = (${carried} + ${value});`);
    return;
  }
  const { monoid } = fold;
  const { dtype } = monoid.combine;
  const scope = new Map<Expr, string>([
    [argument(0, dtype), carried],
    [argument(1, dtype), value],
  ]);
  const [made] = emitFormulas(writer, [monoid.combine], scope);
  writer.line(`${carried} = ${made};`);
}

/** Invocations of one point in a subgroup, where subgroups have one size and are full; else 1. */
function reachOf({ across, along, innerFirst }: Layout, { subgroups }: Facts): number {
  const [size, most] = subgroups ?? [1, 1];
  if (size !== most || across * along < size) return 1;
  return Math.min(along, innerFirst ? size : Math.max(1, size / across));
}

interface Lanes {
  readonly parameters: readonly string[];
  /** For people. */
  readonly told: string;
}
/**
 * How `main` knows its `lane`, the place of an invocation in its workgroup. `local_invocation_index` does
 * not tell who shares a subgroup: https://www.w3.org/TR/WGSL/#builtin-inputs-outputs
 */
export function numberLanes(writer: ModuleWriter, layout: Layout): Lanes {
  if (reachOf(layout, writer.facts) === 1) return { parameters, told: "" };
  const [size] = writer.facts.subgroups as readonly [number, number];
  writer.enable("subgroups");
  writer.line(`let lane = subgroup * ${size}u + within;`);
  return {
    parameters: [
      parameters[0] as string,
      "@builtin(subgroup_id) subgroup: u32",
      "@builtin(subgroup_invocation_id) within: u32",
    ],
    told: `, by subgroups of ${size}`,
  };
}

/** Writes the exchange: before it, f`number` is what an invocation has found; after it, the whole. */
export function emitShare(writer: ModuleWriter, layout: Layout, phase: readonly Numbered[]): void {
  const reach = reachOf(layout, writer.facts);
  if (reach === 1) shareInTree(writer, layout, phase);
  else shareBySubgroups(writer, layout, phase, reach);
}

/** Memory for so many values of each fold. */
function arraysFor(
  writer: ModuleWriter,
  phase: readonly Numbered[],
  size: number,
): readonly string[] {
  return phase.map((fold) => {
    const name = `shared_${fold.number}`;
    const type = storageOf(foldDtype(fold)).register;
    writer.declare(`var<workgroup> ${name}: array<${type}, ${size}>;`);
    return name;
  });
}

function shareInTree(writer: ModuleWriter, layout: Layout, phase: readonly Numbered[]): void {
  const { across, along, innerFirst } = layout;
  const distance = innerFirst ? 1 : across;
  const arrays = arraysFor(writer, phase, across * along);
  phase.forEach(({ number }, i) => {
    writer.line(`${arrays[i]}[lane] = f${number};`);
  });
  writer.line("workgroupBarrier();");
  writer.block(`for (var half = ${along / 2}u; half > 0u; half /= 2u)`, () => {
    writer.block("if (share < half)", () => {
      const far = distance === 1 ? "half" : `half * ${distance}u`;
      phase.forEach((fold, i) => {
        const other = writer.keep(`${arrays[i]}[lane + ${far}]`);
        combine(writer, fold, `f${fold.number}`, other);
        writer.line(`${arrays[i]}[lane] = f${fold.number};`);
      });
    });
    writer.line("workgroupBarrier();");
  });
  const first = across === 1 ? "0u" : innerFirst ? "lane - share" : `lane % ${across}u`;
  phase.forEach(({ number }, i) => {
    writer.line(`f${number} = ${arrays[i]}[${first}];`);
  });
}

function shareBySubgroups(
  writer: ModuleWriter,
  layout: Layout,
  phase: readonly Numbered[],
  reach: number,
): void {
  const { across, along, innerFirst } = layout;
  shuffle(writer, layout, phase, reach);
  const parts = along / reach;
  if (parts === 1) return;
  const arrays = arraysFor(writer, phase, across * parts);
  const placeOf = (part: string): string => {
    if (across === 1) return part;
    return innerFirst
      ? `lane / ${along}u * ${parts}u + ${part}`
      : `${part} * ${across}u + lane % ${across}u`;
  };
  writer.block(`if (share % ${reach}u == 0u)`, () => {
    const place = writer.keep(placeOf(`share / ${reach}u`), "place");
    phase.forEach(({ number }, i) => {
      writer.line(`${arrays[i]}[${place}] = f${number};`);
    });
  });
  writer.line("workgroupBarrier();");
  for (const { number, monoid } of phase)
    writer.line(`f${number} = ${literal(monoid.identity, monoid.combine.dtype)};`);
  writer.block(`for (var part = share % ${reach}u; part < ${parts}u; part += ${reach}u)`, () => {
    const place = writer.keep(placeOf("part"), "place");
    phase.forEach((fold, i) => {
      combine(writer, fold, `f${fold.number}`, writer.keep(`${arrays[i]}[${place}]`));
    });
  });
  shuffle(writer, layout, phase, reach);
}

/** Combines what the `reach` invocations of a point in a subgroup have: all of them know it then. */
function shuffle(
  writer: ModuleWriter,
  { across, innerFirst }: Layout,
  phase: readonly Numbered[],
  reach: number,
): void {
  for (let half = reach / 2; half >= 1; half /= 2)
    for (const fold of phase) {
      const f = `f${fold.number}`;
      const distance = `${innerFirst ? half : half * across}u`;
      const { lanes, load, store } = storageOf(foldDtype(fold));
      const other =
        lanes === "bool" // which do not travel
          ? load(`subgroupShuffleXor(${store(f)}, ${distance})`)
          : `subgroupShuffleXor(${f}, ${distance})`;
      combine(writer, fold, f, writer.keep(other));
    }
}
