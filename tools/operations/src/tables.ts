/** All tables of the page, in its order. */
import type { Group } from "./row.ts";
import { reductions, running } from "./tables/folds.ts";
import { indexing } from "./tables/indexing.ts";
import { drawing, making } from "./tables/making.ts";
import { elementwise, products } from "./tables/products.ts";
import { copies, views } from "./tables/views.ts";

export const groups: readonly Group[] = [
  elementwise,
  reductions,
  running,
  views,
  copies,
  products,
  indexing,
  making,
  drawing,
];
