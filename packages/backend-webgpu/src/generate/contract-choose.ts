/**
 * Module 3.108 — Which tilings a product could have, by what they are expected to cost.
 *
 * A machine runs so many invocations at once. What each does is counted in products; reading from
 * memory counts for several, reading from the workgroup's for one. So large tiles win where there is
 * enough to do for all, small ones and pieces of the sum where there is not.
 */
import type { Read } from "@mt/backend";
import { mainDirection } from "./contract-operand.ts";
import type { Product } from "./contract-product.ts";
import { groupsOf, invocationsOf, type Tiling, tileOf } from "./contract-tiling.ts";
import type { Facts } from "./kernel.ts";
import { sizeOf } from "./nest.ts";

/** Rows and columns in registers, invocations along both, points of the sum. */
const shared = [
  [8, 8, 16, 16, 8],
  [8, 8, 16, 16, 16],
  [8, 4, 16, 16, 16],
  [4, 8, 16, 16, 16],
  [8, 8, 8, 8, 16],
  [4, 4, 16, 16, 16],
  [4, 4, 8, 16, 16],
  [4, 4, 8, 8, 16],
  [4, 4, 4, 32, 16],
  [4, 4, 2, 32, 16],
] as const;
/** The same, and invocations that share a sum. */
const direct = [
  [8, 8, 8, 8, 1],
  [4, 8, 8, 8, 1],
  [4, 4, 8, 8, 1],
  [2, 4, 8, 8, 1],
  [1, 4, 1, 64, 1],
  [4, 4, 4, 4, 4],
  [4, 4, 2, 2, 16],
  [4, 1, 16, 1, 4],
  [4, 1, 2, 1, 32],
  [4, 1, 64, 1, 1],
  [4, 1, 16, 1, 16],
  [1, 1, 4, 1, 64],
] as const;

/** Invocations that keep a GPU busy, and products of one that a dispatch takes by itself. */
const [busy, dispatch] = [1 << 15, 2000];
/** Reading an element, and a product of a subgroup's, in products. */
const price = { shared: 0.6, direct: 3, matrix: 0.1 } as const;
/** Invocations that read a whole line of memory together, if each reads four elements. */
const sideBySide = 8;
/** Bytes of the sums of all pieces, at most: half of what the smallest device binds. */
const mostScratch = 2 ** 26;
/** Points that are worth a piece of their own. */
const shortestPiece = 128;

/** Bytes of workgroup memory, if an element takes `width`. */
export function memoryOf(tiling: Tiling, width: number): number {
  const sides = tileOf(tiling);
  const results = sides[0] * sides[1];
  if (tiling.kind === "direct") return tiling.along > 1 ? 4 * tiling.along * results : 0;
  const { points } = tiling;
  const gap = tiling.kind === "shared" ? 4 : 8; // at the end of lines, which may lie either way
  const elements = sides.reduce((sum, n) => sum + n * points + gap * Math.max(n, points), 0);
  const squares =
    tiling.kind === "matrix" ? 4 * tiling.across[0] * tiling.across[1] * tiling.square ** 2 : 0;
  return elements * width + squares;
}

/** What one invocation does at a point of the sum. */
function pointCost(tiling: Tiling): number {
  const { kind, high, wide } = tiling;
  if (kind !== "matrix") return high * wide + price[kind] * (high + wide);
  return (price.matrix * high * wide + price.shared * (high + wide)) / tiling.subgroup;
}
/** Whether too few invocations stand side by side where the larger operand is dense. */
function isScattered(product: Product, tiling: Tiling): boolean {
  if (tiling.kind !== "direct") return false;
  const { across, along } = tiling;
  const beside = product.rows.size >= product.columns.size ? across[0] : across[1];
  return (mainDirection(product) === "summed" ? along : beside) < sideBySide;
}
/** What it is expected to take, in products of one invocation. */
export function expected(product: Product, tiling: Tiling, software: boolean): number {
  const { summed, batch, rows, columns } = product;
  const { high, wide, pieces } = tiling;
  const along = tiling.kind === "direct" ? tiling.along : 1;
  const points = Math.ceil(summed.size / (pieces * along));
  const results = batch.size * rows.size * columns.size;
  const invocations = groupsOf(product, tiling) * invocationsOf(tiling);
  const finishing = 4 * high * wide + 8 * (along - 1);
  const each = points * pointCost(tiling) * (isScattered(product, tiling) ? 2 : 1) + finishing;
  const barriers = software && (tiling.kind !== "direct" || along > 1) ? 20 : 1;
  const more = pieces > 1 ? dispatch + (2 * pieces * results) / busy : 0;
  return each * barriers * Math.max(1, invocations / (software ? 16 : busy)) + more;
}

/** Rows and columns of a subgroup, subgroups along both, points of the sum. */
const matrix = [
  [64, 64, 2, 2, 16],
  [64, 64, 2, 2, 32],
  [32, 64, 4, 2, 32],
  [32, 32, 2, 2, 32],
  [16, 32, 2, 2, 32],
] as const;

function* shapes({ squares, subgroups }: Facts): Generator<Tiling> {
  const [square] = squares;
  const subgroup = subgroups?.[0] === subgroups?.[1] ? subgroups?.[0] : undefined;
  if (square !== undefined && subgroup !== undefined)
    for (const [high, wide, down, over, points] of matrix)
      yield {
        kind: "matrix",
        high,
        wide,
        across: [down, over],
        points,
        pieces: 1,
        square,
        subgroup,
      };
  for (const [high, wide, down, over, points] of shared)
    yield { kind: "shared", high, wide, across: [down, over], points, pieces: 1 };
  for (const [high, wide, down, over, along] of direct)
    yield { kind: "direct", high, wide, across: [down, over], along, pieces: 1 };
}

/** Tilings that the device can run, the most promising first. */
export function tilingsFor(product: Product, facts: Facts): readonly Tiling[] {
  const { summed, kernel, left, right } = product;
  const results = sizeOf(kernel.outer);
  const halves = [left, right].every((k) => (kernel.inputs[k] as Read).dtype === "f16");
  const found: { readonly tiling: Tiling; readonly cost: number }[] = [];
  for (const shape of shapes(facts)) {
    if (shape.kind === "matrix" && !halves) continue;
    if (invocationsOf(shape) > facts.invocations) continue;
    if (memoryOf(shape, halves ? 2 : 4) > facts.workgroupBytes) continue;
    const most = Math.floor(summed.size / shortestPiece);
    for (const pieces of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
      if (pieces > 1 && (pieces > most || 4 * pieces * results > mostScratch)) break;
      const tiling = { ...shape, pieces };
      found.push({ tiling, cost: expected(product, tiling, facts.software) });
    }
  }
  return found.sort((x, y) => x.cost - y.cost).map(({ tiling }) => tiling);
}
