/** The smallest program with tensors: what a page pays for before it does anything of its own. */
import { tensor } from "@mt/tensor";

const x = tensor([
  [1, 2],
  [3, 4],
]);

console.log(JSON.stringify(await x.matmul(x).toArray()));
