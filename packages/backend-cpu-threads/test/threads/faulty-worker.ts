/**
 * A worker whose kernels meet with accidents, for tests. Word 0 of the memory, below what is ever
 * handed out, says which: 1 the thread ends inside a chunk; 2 it stands still for a second, where
 * nothing can stop it, and then goes on; 3 it stands still for 100 ms.
 */
import { pbkdf2Sync } from "node:crypto";
import { attend, type Run } from "../../src/threads/attend.ts";

const standStill = (milliseconds: number): void => {
  const until = performance.now() + milliseconds;
  while (performance.now() < until) pbkdf2Sync("", "", 200_000, 64, "sha512"); // ~100 ms of native code
};
const accidents: Record<number, () => void> = {
  1: () => process.exit(3),
  2: () => pbkdf2Sync("", "", 3_000_000, 64, "sha512"),
  3: () => standStill(100),
};

type Imports = { env: { memory: WebAssembly.Memory } };
const { Instance } = WebAssembly;
function accidentProne(module: WebAssembly.Module, imports: Imports): { exports: { run: Run } } {
  const words = new Int32Array(imports.env.memory.buffer);
  const { exports } = new Instance(module, imports);
  return {
    exports: {
      run(first, last, block) {
        accidents[Atomics.exchange(words, 0, 0)]?.();
        (exports.run as Run)(first, last, block);
      },
    },
  };
}
Object.assign(WebAssembly, { Instance: accidentProne });

export default attend;
