/**
 * Module 3.102 — Scattering: every place has one owner, who takes its updates in order.
 *
 * The base is copied by a map. Then each invocation walks over updates in ascending order and does
 * those that are its own. Where coordinates of the target keep places apart, there is an invocation
 * for each of them; and several share those, by the position modulo their number, so that a single
 * long list is not done by one alone: each looks at all positions, but only one of them at the rest.
 */
import type { LoopKernel, ScatterKernel } from "@mt/backend";
import { argument, type Expr } from "@mt/operators";
import { emitFormulas } from "../wgsl/formula.ts";
import { convert } from "../wgsl/primitives.ts";
import { storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter, parameters } from "../wgsl/writer.ts";
import { formText, pointIndices } from "./forms.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";
import { generateMap } from "./map.ts";
import { nestsOf, sizeOf } from "./nest.ts";
import { dtypeOf, Point } from "./reads.ts";

const invocations = 64;
/** Invocations that are enough to share one list. */
const most = 4096;

/** Whether updates of different coordinates, or positions, never meet in one place. */
function keepsApart({ target, inner, stride, extent }: ScatterKernel): boolean {
  const steps = inner.map((n, axis) => [Math.abs(target.strides[axis] ?? 0), n] as const);
  const all = [...steps.filter(([step]) => step > 0), [Math.abs(stride), extent] as const];
  let reach = 0;
  for (const [step, n] of all.sort(([a], [b]) => a - b)) {
    if (n <= 1) continue;
    if (step <= reach) return false;
    reach += step * (n - 1);
  }
  return true;
}

function generateUpdates(kernel: ScatterKernel, facts: Facts): GeneratedKernel {
  const { inner, inputs, at, stride, extent, monoid, value, target, store } = kernel;
  const apart = keepsApart(kernel);
  const axes = inner.map((_, axis) => axis);
  const columns = axes.filter((axis) => apart && (target.strides[axis] ?? 0) !== 0);
  const walked = axes.filter((axis) => !columns.includes(axis));
  const box = columns.map((axis) => inner[axis] as number);
  const owners = apart
    ? Math.max(1, Math.min(extent, Math.floor(most / Math.max(1, sizeOf(box)))))
    : 1;
  const count = sizeOf(box) * owners;
  const writer = new ModuleWriter(facts);
  const grid = gridOf(Math.ceil(count / invocations), facts);
  writer.line(`let point = ${groupNumber(grid)} * ${invocations}u + lane;`);
  writer.line(`if (point >= ${count}u) { return; }`);
  if (owners > 1) writer.line(`let owner = point % ${owners}u;`);
  const column = owners > 1 ? writer.keep(`point / ${owners}u`, "column") : "point";
  const names = pointIndices(box, column, "c", (text) => writer.line(text));
  const indices = axes.map((axis) => names[columns.indexOf(axis)] ?? "0");

  const update = (point: Point): void => {
    const position = point.value(argument(at, dtypeOf(inputs[at] as never)));
    const mine = owners > 1 ? ` && u32(${position}) % ${owners}u == owner` : "";
    writer.block(`if (u32(${position}) < ${extent}u${mine})`, () => {
      const here = point.inBlock();
      const place = writer.keep(
        `${formText(target, point.indices)} + i32(${position}) * ${stride}i`,
        "place",
      );
      const array = writer.array(store.slot, store.dtype, "read_write");
      const { load, store: stored } = storageOf(store.dtype);
      const given = here.value(value);
      let made = given;
      if (monoid !== "set") {
        const old = writer.keep(load(`${array}[${place}]`), "old");
        const { combine } = monoid;
        const scope = new Map<Expr, string>([
          [argument(0, store.dtype), old],
          [argument(1, store.dtype), given],
        ]);
        const [both] = emitFormulas(writer, [combine], scope);
        made = convert(both as string, combine.dtype, store.dtype);
      }
      writer.line(`${array}[${place}] = ${stored(made)};`);
    });
  };
  const walk = (point: Point, left: readonly number[]): void => {
    const [axis, ...rest] = left;
    if (axis === undefined) {
      update(point);
      return;
    }
    const k = `k${axis}`;
    writer.block(`for (var ${k} = 0i; ${k} < ${inner[axis]}i; ${k}++)`, () =>
      walk(point.inside(point.indices.with(axis, k)), rest),
    );
  };
  walk(new Point(writer, inputs, inner, indices), walked);
  const summary = `scatter of ${sizeOf(inner)} updates by ${count} owners`;
  return writer.finish(invocations, parameters, grid, summary);
}

export function generateScatter(kernel: ScatterKernel, facts: Facts): readonly GeneratedKernel[] {
  const { outer, inner, inputs, base, store } = kernel;
  if (sizeOf(outer) === 0) return [];
  const copy: LoopKernel = {
    kind: "loop",
    outer,
    inner: [],
    inputs: inputs.map((input, k) => (k === base ? input : { kind: "test", guards: [] })),
    folds: [],
    stores: [{ ...store, inside: false, body: argument(base, store.dtype) }],
  };
  const copies = nestsOf(copy).map((nest) => generateMap(nest, facts));
  const none = sizeOf(inner) === 0 || kernel.extent === 0;
  return none ? copies : [...copies, generateUpdates(kernel, facts)];
}
