/** The smallest program on the fast CPU device. */
import { cpuThreads } from "@mt/backend-cpu-threads";
import { tensor } from "@mt/tensor";

const x = tensor(
  [
    [1, 2],
    [3, 4],
  ],
  { backend: cpuThreads() },
);

console.log(JSON.stringify(await x.matmul(x).toArray()));
