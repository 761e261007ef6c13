/**
 * Module 3.99 — Maps: an invocation for each point.
 */
import type { LoopKernel, Store } from "@mt/backend";
import { storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter, parameters } from "../wgsl/writer.ts";
import { formText, pointIndices } from "./forms.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";
import { sizeOf } from "./nest.ts";
import { Point } from "./reads.ts";
import { tell } from "./told.ts";

const invocations = 64;

/** Writes what is stored at a point. */
export function emitStores(point: Point, stores: readonly Store[]): void {
  const { writer } = point;
  for (const { body } of stores) tell(writer, "", body, point.inputs.length);
  const values = point.values(stores.map(({ body }) => body));
  stores.forEach((to, i) => {
    const array = writer.array(to.slot, to.dtype, "read_write");
    const value = storageOf(to.dtype).store(values[i] as string);
    writer.line(`${array}[${formText(to, point.indices)}] = ${value};`);
  });
}

export function generateMap(kernel: LoopKernel, facts: Facts): GeneratedKernel {
  const { outer, inputs, stores } = kernel;
  const count = sizeOf(outer);
  const writer = new ModuleWriter(facts);
  const grid = gridOf(Math.ceil(count / invocations), facts);
  writer.line(`let point = ${groupNumber(grid)} * ${invocations}u + lane;`);
  writer.line(`if (point >= ${count}u) { return; }`);
  const indices = pointIndices(outer, "point", "i", (text) => writer.line(text));
  emitStores(new Point(writer, inputs, outer, indices), stores);
  return writer.finish(invocations, parameters, grid, `map of ${count} points`);
}
