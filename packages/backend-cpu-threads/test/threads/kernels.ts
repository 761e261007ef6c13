/** Kernels for tests of threads, and a crew that shares whatever it is given. */
import type { Run } from "../../src/threads/attend.ts";
import { Crew, type CrewOptions, type Job } from "../../src/threads/crew.ts";
import { nodePlatform } from "../../src/threads/node.ts";
import type { Platform } from "../../src/threads/platform.ts";
import { Code } from "../../src/wasm/code.ts";
import { assemble } from "../../src/wasm/module.ts";

/** Share everything, at once. */
export const always = { awake: 0, asleep: 0, hiring: 0, sample: 0 };

/** Memory whose ranges are handed out in a row and never come back. */
export class Shelf {
  readonly memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  #end = 4096;
  freed: number[] = [];
  allocate(bytes: number): number {
    const start = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    return start;
  }
  /** What is allocated from now on lies beyond the former end of the memory. */
  grow(): void {
    this.#end = this.memory.buffer.byteLength;
    this.memory.grow(64);
  }
  free(address: number): void {
    this.freed.push(address);
  }
  words(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }
  /** A block of 32-bit words. */
  block(...words: readonly number[]): number {
    const address = this.allocate(4 * words.length);
    this.words(address, words.length).set(words);
    return address;
  }
}

const kernel = (
  body: (code: Code, unit: number, block: number) => void,
): Uint8Array<ArrayBuffer> => {
  const code = new Code(["i32", "i32", "i32"]);
  code.while(
    0,
    () => code.get(1),
    1,
    () => body(code, 0, 2),
  );
  return assemble([{ code, export: "run" }]);
};

/** out[u] = u after `rounds` steps of a generator of numbers; block: out, rounds. */
export const churn: Uint8Array<ArrayBuffer> = kernel((code, unit, block) => {
  const [value, round] = [code.local("i32"), code.local("i32")];
  code.get(unit).set(value).i32(0).set(round);
  code.while(
    round,
    () => code.get(block).at("i32.load", 4),
    1,
    () => code.get(value).i32(1664525).op("i32.mul").i32(1013904223).op("i32.add").set(value),
  );
  code.get(block).at("i32.load").get(unit).i32(2).op("i32.shl").op("i32.add");
  code.get(value).at("i32.store");
});
export function churned(units: number, rounds: number): Int32Array {
  return Int32Array.from({ length: units }, (_, unit) => {
    let value = unit;
    for (let round = 0; round < rounds; round++)
      value = (Math.imul(value, 1664525) + 1013904223) | 0;
    return value;
  });
}

/** Waits for a word to be other than 0; traps after some 20 seconds, so that no test hangs. */
function waitFor(code: Code, flag: number): void {
  const looks = code.local("i64");
  code.i64(2n ** 34n).set(looks);
  code.loop((again) => {
    code.get(looks).i64(1n).op("i64.sub").tee(looks).op("i64.eqz");
    code.if(() => code.op("unreachable"));
    code.get(flag).at("i32.load").op("i32.eqz").branchIf(again);
  });
}

/** Unit 0 waits until another unit is being done; then all units u write u. Block: out, flag. */
export const together: Uint8Array<ArrayBuffer> = kernel((code, unit, block) => {
  const flag = code.get(block).at("i32.load", 4).keep("i32");
  code.get(unit).op("i32.eqz");
  code.if(
    () => waitFor(code, flag),
    () => code.get(flag).i32(1).at("i32.store"),
  );
  code.get(block).at("i32.load").get(unit).i32(2).op("i32.shl").op("i32.add");
  code.get(unit).at("i32.store");
});

/** As `together`, but every unit other than 0 traps while the word behind the flag is 1. */
export const trapping: Uint8Array<ArrayBuffer> = kernel((code, unit, block) => {
  const flag = code.get(block).at("i32.load", 4).keep("i32");
  code.get(unit).op("i32.eqz");
  code.if(
    () => waitFor(code, flag),
    () => {
      code.get(flag).i32(1).at("i32.store");
      code
        .get(flag)
        .at("i32.load", 4)
        .if(() => code.op("unreachable"));
    },
  );
});

export function crewOf(
  shelf: Shelf,
  options: CrewOptions = {},
  platform: Platform = nodePlatform,
): Crew {
  return new Crew(shelf, platform, { threads: 2, costs: always, patience: 30_000, ...options });
}

/** A kernel that is shared whatever was measured. */
export function learn(crew: Crew, shelf: Shelf, name: string, bytes: Uint8Array<ArrayBuffer>): Job {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: shelf.memory },
  });
  const job = crew.learn({ name, bytes, run: exports.run as Run, nanosecondsPerUnit: 1000 });
  job.pace.noteTogether = () => undefined;
  return job;
}

/** Makes a region take both threads: when it returns, a worker has come. */
export function meet(
  crew: Crew,
  shelf: Shelf,
  job: Job = learn(crew, shelf, "together", together),
) {
  const out = shelf.allocate(64);
  return crew.run(job, 2, shelf.block(out, shelf.block(0, 0)));
}
