/** A page that multiplies until it is closed: soon enough for threads to be of use. */
import { cpuThreads } from "@mt/backend-cpu-threads";
import { ones } from "@mt/tensor";

const backend = cpuThreads({ threads: 3 });
const x = ones([512, 512], { backend });
for (;;) {
  const sum = await x.matmul(x).sum().item();
  console.log(sum === 512 ** 3 ? "right" : `wrong: ${sum}`);
  await new Promise((resolve) => setTimeout(resolve));
}
