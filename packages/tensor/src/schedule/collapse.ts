/**
 * Module 2.11b — The same kernel on fewer axes.
 *
 * Axes of one point go; neighbours that every form walks like one longer axis become one. So an
 * elementwise kernel over a contiguous [16, 8, 28, 28] is one loop of 100 352 points.
 */
import type { Guard, Input, Linear, LoopKernel, Role, Store } from "@mt/backend";

type Boxed = Pick<LoopKernel, "outer" | "inner" | "inputs" | "stores"> & {
  readonly roles?: readonly Role[];
};

/** All linear forms of a kernel. */
function formsOf({ inputs, stores }: Boxed): Linear[] {
  const of = (input: Input): readonly Linear[] =>
    input.kind === "read"
      ? [input, ...input.guards]
      : input.kind === "index"
        ? [input]
        : input.kind === "test"
          ? input.guards
          : [];
  return [...inputs.flatMap(of), ...stores];
}

/** Groups of neighbouring axes that become one, outer and inner apart. */
function groupsOf(kernel: Boxed): number[][] {
  const extents = [...kernel.outer, ...kernel.inner];
  const forms = formsOf(kernel);
  const stride = (form: Linear, k: number): number => form.strides[k] ?? 0;
  const groups: number[][] = [];
  extents.forEach((n, k) => {
    if (n === 1) return;
    const last = groups[groups.length - 1];
    const previous = last?.[last.length - 1];
    const joins =
      last &&
      previous !== undefined &&
      previous < kernel.outer.length === k < kernel.outer.length &&
      kernel.roles?.[previous] === kernel.roles?.[k] &&
      forms.every((form) => stride(form, previous) === stride(form, k) * n);
    if (joins) last.push(k);
    else groups.push([k]);
  });
  return groups;
}

export function collapse<K extends Boxed>(kernel: K): K {
  const extents = [...kernel.outer, ...kernel.inner];
  const groups = groupsOf(kernel);
  const isOuter = (group: readonly number[]): boolean => (group[0] as number) < kernel.outer.length;
  const outer = groups.filter(isOuter);
  const sizes = (of: readonly number[][]): number[] =>
    of.map((group) => group.reduce((n, k) => n * (extents[k] as number), 1));
  const last = (group: readonly number[]): number => group[group.length - 1] as number;
  const over = <L extends Linear>(form: L, axes: readonly number[][]): L => ({
    ...form,
    strides: axes.map((group) => form.strides[last(group)] ?? 0),
  });
  const guards = (list: readonly Guard[]): Guard[] => list.map((g) => over(g, groups));
  const input = (x: Input): Input =>
    x.kind === "read"
      ? { ...over(x, groups), guards: guards(x.guards) }
      : x.kind === "index"
        ? over(x, groups)
        : x.kind === "test"
          ? { ...x, guards: guards(x.guards) }
          : x;
  const { roles } = kernel;
  return {
    ...kernel,
    outer: sizes(outer),
    inner: sizes(groups.filter((group) => !isOuter(group))),
    inputs: kernel.inputs.map(input),
    stores: kernel.stores.map((s): Store => over(s, s.inside ? groups : outer)),
    ...(roles && { roles: groups.map((group) => roles[last(group)] as Role) }),
  };
}
