/**
 * Module 2.11b — The same kernel on fewer axes.
 *
 * Axes of one point go; neighbours that every form walks like one longer axis become one. So an
 * elementwise kernel over a contiguous [16, 8, 28, 28] is one loop of 100 352 points.
 */
import { type Linear, type LoopKernel, type Role, rewrite } from "@mt/backend";

type Boxed = Pick<LoopKernel, "outer" | "inner" | "inputs" | "stores"> & {
  readonly roles?: readonly Role[];
};

/** Groups of neighbouring axes that become one, outer and inner apart. */
function groupsOf(kernel: Boxed, extents: readonly number[]): number[][] {
  const forms: Linear[] = [];
  rewrite(kernel, {
    form: (form) => {
      forms.push(form);
      return form;
    },
  });
  const stride = (form: Linear, k: number): number => form.strides[k] ?? 0;
  const groups: number[][] = [];
  extents.forEach((n, k) => {
    if (n === 1) return;
    const last = groups.at(-1);
    const previous = last?.at(-1);
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
  const groups = groupsOf(kernel, extents);
  const outer = groups.filter(([first]) => (first as number) < kernel.outer.length);
  const sizes = groups.map((group) => group.reduce((n, k) => n * (extents[k] as number), 1));
  const last = groups.map((group) => group.at(-1) as number);
  const { roles } = kernel;
  return {
    ...rewrite(kernel, {
      // what is stored once per outer point has a form over the outer axes alone
      form: (form) => ({
        ...form,
        strides: (form.strides.length < extents.length ? last.slice(0, outer.length) : last).map(
          (k) => form.strides[k] as number,
        ),
      }),
    }),
    outer: sizes.slice(0, outer.length),
    inner: sizes.slice(outer.length),
    ...(roles && { roles: last.map((k) => roles[k] as Role) }),
  };
}
