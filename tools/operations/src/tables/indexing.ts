/** Elements chosen by data. */
import type { Group } from "../row.ts";

const places = "`[…, n, …]`, positions `[p…]` → `[…, p…, …]`";
export const indexing: Group = {
  title: "Indexing by data",
  about:
    "Positions are tensors of integers. Reading at positions is an indirect read, which fuses like " +
    "any view; writing is a `scatter`. A position outside the axis reads 0 and writes nothing (the " +
    "`check` decorator makes it an error): nothing is read to the host while recording. Results " +
    "whose size depends on values have a stated `size`.",
  rows: [
    ["take(x, i)", places, "dy, added up at the positions"],
    [
      "takeAlong(x, j, 1)",
      "as the positions; other axes broadcast",
      "dy, added up at the positions",
    ],
    ["gather(x, j, 1)", "as the positions", "dy, added up at the positions"],
    [
      "put(x, i, 1)",
      "as x; updates broadcast to what `take` gives",
      "dy, and 0 where x was overwritten",
    ],
    [
      'put(x, i, y.slice({ end: 3 }), { combining: "sum" })',
      "as x",
      "dy; of the updates, dy at the positions",
    ],
    [
      'put(x, i, y.slice({ end: 3 }), { combining: "max" })',
      "as x",
      "in equal shares to what attains the maximum",
    ],
    ["indexAdd(x, i, y.slice({ end: 3 }))", "as x", "dy; of the updates, dy at the positions"],
    [
      "putAlong(x, j, w.slice({ end: 4 }, { end: 2 }), 1)",
      "as x; updates broadcast to the positions",
      "dy where nothing overwrote it; of the updates, dy at the positions",
    ],
    ["scatter(x, j, y, 1)", "as x", "as `putAlong`, in the part that the positions reach"],
    ["oneHot(i, 4)", "`[…] → […, classes]`", "–"],
    [
      "where(m, x, y)",
      "all three broadcast",
      "dy where the condition holds, and where it does not",
    ],
    [
      "maskedSelect(x, m, { size: 8 })",
      "any two that broadcast, to `[size]`",
      "dy, put back where the elements stood",
    ],
    [
      "unique(x, { size: 8 })",
      "any, to `[size]`; counts `[size]`, places as x",
      "dy, to the first of equal elements",
    ],
  ],
};
