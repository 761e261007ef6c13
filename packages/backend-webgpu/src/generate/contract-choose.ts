/**
 * Module 3.110 — Which tilings a product could have, by what they are expected to cost.
 *
 * A machine runs so many invocations at once. What each does is counted in products; reading from
 * memory counts for several, reading from the workgroup's for one. So large tiles win where there is
 * enough to do for all, small ones and pieces of the sum where there is not.
 */
import type { Product } from "./contract-product.ts";
import { groupsOf, type Tiling, tileOf } from "./contract-tiling.ts";
import type { Facts } from "./kernel.ts";

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
/** Reading an element, in products. */
const price = { shared: 0.6, direct: 3, whole: 1.5 } as const;
/** Points that are worth a piece of their own. */
const shortestPiece = 128;

/** Bytes of workgroup memory. */
function memoryOf(tiling: Tiling, width: number): number {
  const [high, wide] = tileOf(tiling);
  if (tiling.kind === "direct") return tiling.along > 1 ? 4 * tiling.along * high * wide : 0;
  return (tiling.points + 4) * (high + wide) * width; // lines may be one four longer
}
const invocationsOf = (tiling: Tiling): number =>
  tiling.across[0] * tiling.across[1] * (tiling.kind === "direct" ? tiling.along : 1);

/** What it is expected to take, in products of one invocation. */
export function expected(product: Product, tiling: Tiling, software: boolean): number {
  const { summed, batch, rows, columns } = product;
  const { high, wide, pieces } = tiling;
  const along = tiling.kind === "direct" ? tiling.along : 1;
  const read = tiling.kind === "shared" ? price.shared : price.direct;
  const points = Math.ceil(summed.size / (pieces * along));
  const results = batch.size * rows.size * columns.size;
  const invocations = groupsOf(product, tiling) * invocationsOf(tiling);
  const each = points * (high * wide + read * (high + wide)) + 4 * high * wide + 8 * (along - 1);
  const barriers = software && (tiling.kind === "shared" || along > 1) ? 20 : 1;
  const more = pieces > 1 ? dispatch + (2 * pieces * results) / busy : 0;
  return each * barriers * Math.max(1, invocations / (software ? 16 : busy)) + more;
}

function* shapes(): Generator<Tiling> {
  for (const [high, wide, down, over, points] of shared)
    yield { kind: "shared", high, wide, across: [down, over], points, pieces: 1 };
  for (const [high, wide, down, over, along] of direct)
    yield { kind: "direct", high, wide, across: [down, over], along, pieces: 1 };
}

/** Tilings that the device can run, the most promising first. */
export function tilingsFor(product: Product, facts: Facts): readonly Tiling[] {
  const { summed, kernel } = product;
  const width = kernel.dtype === "f16" ? 2 : 4;
  const found: { readonly tiling: Tiling; readonly cost: number }[] = [];
  for (const shape of shapes()) {
    if (invocationsOf(shape) > facts.invocations) continue;
    if (memoryOf(shape, width) > facts.workgroupBytes) continue;
    const most = Math.floor(summed.size / shortestPiece);
    for (const pieces of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
      if (pieces > Math.max(1, most)) break;
      const tiling = { ...shape, pieces };
      found.push({ tiling, cost: expected(product, tiling, facts.software) });
    }
  }
  return found.sort((x, y) => x.cost - y.cost).map(({ tiling }) => tiling);
}
