/**
 * Module 3.99b — Maps that read along one axis and store along another.
 *
 * Neighbors in a workgroup should touch neighbors in memory, and here they can do so only while they
 * read or while they store. So a tile is read along the one axis into the workgroup's memory, and
 * goes on from there along the other.
 */
import type { Input, LoopKernel } from "@mt/backend";
import { argument } from "@mt/operators";
import { storageOf } from "../wgsl/storage.ts";
import { gridOf, groupNumber, ModuleWriter, parameters } from "../wgsl/writer.ts";
import { pointIndices } from "./forms.ts";
import type { Facts, GeneratedKernel } from "./kernel.ts";
import { emitStores } from "./map.ts";
import { sizeOf } from "./nest.ts";
import { dtypeOf, Point } from "./reads.ts";

/** Rows and columns of a tile, and rows that are read at once. */
const [side, height] = [32, 8];
/** Smaller maps fit into caches. */
const shortest = 2 ** 16;
/** Inputs that may wait in the workgroup's memory: 4 KiB each. */
const most = 3;

interface Turn {
  /** Axes along which stores, and the turned inputs, have their neighbors. */
  readonly stored: number;
  readonly read: number;
  /** Numbers of the inputs that lie along `read`. */
  readonly inputs: readonly number[];
}

const liesAlong = (input: Input, axis: number): boolean =>
  input.kind === "read" && !input.indirect && Math.abs(input.strides[axis] ?? 0) === 1;
const strideOf = (input: Input, axis: number): number =>
  input.kind === "read" ? Math.abs(input.strides[axis] ?? 0) : 0;

/** How a map is turned; null if it reads as it stores, or is small. */
export function turnOf({ outer, inputs, stores }: LoopKernel, facts: Facts): Turn | null {
  if (sizeOf(outer) < shortest || facts.invocations < side * height) return null;
  const stored = outer.findIndex((_, axis) => stores.every(({ strides }) => strides[axis] === 1));
  if (stored < 0 || (outer[stored] as number) < side) return null;
  const turned = (axis: number): number[] =>
    inputs.flatMap((input, k) =>
      liesAlong(input, axis) && strideOf(input, stored) >= side ? [k] : [],
    );
  for (const [axis, extent] of outer.entries()) {
    const own = axis === stored || extent < side ? [] : turned(axis);
    if (own.length > 0 && own.length <= most) return { stored, read: axis, inputs: own };
  }
  return null;
}

export function generateTranspose(kernel: LoopKernel, turn: Turn, facts: Facts): GeneratedKernel {
  const { outer, inputs, stores } = kernel;
  const writer = new ModuleWriter(facts);
  const tiles = outer.map((extent, axis) =>
    axis === turn.stored || axis === turn.read ? Math.ceil(extent / side) : extent,
  );
  const count = sizeOf(tiles);
  const grid = gridOf(count, facts);
  writer.line(`let tile = ${groupNumber(grid)};`);
  if (sizeOf(grid) > count) writer.line(`if (tile >= ${count}u) { return; }`);
  writer.line(`let x = i32(lane % ${side}u);`);
  writer.line(`let y = i32(lane / ${side}u);`);
  const places = pointIndices(tiles, "tile", "t", (text) => writer.line(text));
  const arrays = turn.inputs.map((k) => {
    const type = storageOf(dtypeOf(inputs[k] as Input)).register;
    writer.declare(`var<workgroup> tile_${k}: array<${type}, ${side * (side + 1)}>;`);
    return `tile_${k}`;
  });
  /** The points of a tile, neighbors of the workgroup along one axis, rows along the other. */
  const walk = (along: number, across: number, body: (point: Point) => void): void =>
    writer.block(`for (var row = y; row < ${side}i; row += ${height}i)`, () => {
      writer.line(`let near = ${places[along]} * ${side}i + x;`);
      writer.line(`let far = ${places[across]} * ${side}i + row;`);
      const tests = [
        ...((outer[along] as number) % side ? [`near < ${outer[along]}i`] : []),
        ...((outer[across] as number) % side ? [`far < ${outer[across]}i`] : []),
      ];
      const indices = places.map((place, axis) =>
        axis === along ? "near" : axis === across ? "far" : place,
      );
      const write = (): void => body(new Point(writer, inputs, outer, indices));
      if (tests.length) writer.block(`if (${tests.join(" && ")})`, write);
      else write();
    });
  walk(turn.read, turn.stored, (point) => {
    turn.inputs.forEach((k, i) => {
      const value = point.value(argument(k, dtypeOf(inputs[k] as Input)));
      writer.line(`${arrays[i]}[row * ${side + 1}i + x] = ${value};`);
    });
  });
  writer.line("workgroupBarrier();");
  walk(turn.stored, turn.read, (point) => {
    turn.inputs.forEach((k, i) => {
      const name = writer.keep(`${arrays[i]}[x * ${side + 1}i + row]`, `x${k}`);
      point.know(k, dtypeOf(inputs[k] as Input), name);
    });
    emitStores(point, stores);
  });
  const size = sizeOf(outer);
  return writer.finish(
    side * height,
    parameters,
    grid,
    `map of ${size} points, turned in tiles of ${side} × ${side}`,
  );
}
