/**
 * Module 3.96 — Linear forms and guards as WGSL.
 *
 * Forms are i32, as they may be negative where a guard fails; an axis is known by the name of its
 * index, or by "0" where it stands still. A guard that holds all over the box is left out.
 */
import type { Guard, Linear, Shape } from "@mt/backend";

/** Names of the indices, one for each axis of the kernel: outer, then inner. */
export type Indices = readonly string[];

/** A form as text; in parentheses if it is a sum. */
export function formText({ offset, strides }: Linear, indices: Indices): string {
  const terms: string[] = [];
  strides.forEach((stride, axis) => {
    const index = indices[axis] ?? "0";
    if (stride === 0 || index === "0") return;
    terms.push(stride === 1 ? index : `${index} * ${integer(stride)}`);
  });
  if (offset !== 0 || terms.length === 0) terms.push(integer(offset));
  return terms.length === 1 ? (terms[0] as string) : `(${terms.join(" + ")})`;
}
/** A whole number as i32; forms of u32 indices may be past its end and come round to the same bits. */
function integer(x: number): string {
  const wrapped = x | 0;
  if (wrapped === -(2 ** 31)) return "i32(-2147483648)";
  return wrapped < 0 ? `(${wrapped}i)` : `${wrapped}i`;
}

/** The least and the greatest value of a form over a box; an index past the box stands still. */
export function rangeOf({ offset, strides }: Linear, box: Shape): readonly [number, number] {
  let [low, high] = [offset, offset];
  strides.forEach((stride, axis) => {
    const reach = stride * ((box[axis] ?? 1) - 1);
    if (reach < 0) low += reach;
    else high += reach;
  });
  return [low, high];
}
const alwaysHolds = (guard: Guard, box: Shape): boolean => {
  const [low, high] = rangeOf(guard, box);
  return low >= 0 && high < guard.extent;
};

const neverHolds = (guard: Guard, box: Shape): boolean => {
  const [low, high] = rangeOf(guard, box);
  return high < 0 || low >= guard.extent;
};

/** That all guards hold, as text: "true" where they always do, "false" where they never do. */
export function guardText(guards: readonly Guard[], box: Shape, indices: Indices): string {
  if (guards.some((guard) => neverHolds(guard, box))) return "false";
  const tests = guards
    .filter((guard) => !alwaysHolds(guard, box))
    .map((guard) => `u32(${formText(guard, indices)}) < ${guard.extent}u`);
  return tests.length ? tests.join(" && ") : "true";
}

/** The box's indices from the number of a point, the last axis fastest: names, written as lines. */
export function pointIndices(
  box: Shape,
  point: string,
  prefix: string,
  line: (text: string) => void,
): readonly string[] {
  const names = box.map((_, axis) => `${prefix}${axis}`);
  let rest = point;
  for (let axis = box.length - 1; axis >= 0; axis--) {
    const extent = box[axis] as number;
    const isLast = axis === 0;
    line(`let ${names[axis]} = i32(${isLast ? rest : `${rest} % ${extent}u`});`);
    if (isLast) break;
    line(`let ${prefix}rest${axis} = ${rest} / ${extent}u;`);
    rest = `${prefix}rest${axis}`;
  }
  return names;
}
