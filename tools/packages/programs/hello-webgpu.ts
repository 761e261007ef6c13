/** The smallest program on the GPU. */
import { webgpu } from "@mt/backend-webgpu";
import { tensor } from "@mt/tensor";

const x = tensor(
  [
    [1, 2],
    [3, 4],
  ],
  { backend: await webgpu() },
);

console.log(JSON.stringify(await x.matmul(x).toArray()));
