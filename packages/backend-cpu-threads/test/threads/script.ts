/** A short program with threads, as a user would write one, that ends in one of several ways. */
import { Worker } from "node:worker_threads";
import { churn, churned, crewOf, learn, meet, Shelf } from "./kernels.ts";

const shelf = new Shelf();
const crew = crewOf(shelf);
const job = learn(crew, shelf, "churn", churn);

function regions(): void {
  meet(crew, shelf);
  for (let round = 0; round < 20; round++) {
    const out = shelf.allocate(4 * 64);
    if (crew.run(job, 64, shelf.block(out, round)) !== null) throw new Error("abandoned");
    const right = churned(64, round).every((x, i) => shelf.words(out, 64)[i] === x);
    if (!right) throw new Error("a wrong number");
  }
}

const ways: Record<string, () => unknown> = {
  regions,
  code() {
    regions();
    process.exitCode = 3;
  },
  throws() {
    regions();
    throw new TypeError("on purpose");
  },
  async rejects() {
    await Promise.resolve();
    regions();
    throw new TypeError("on purpose");
  },
  exits() {
    regions();
    process.exit(5);
  },
  async pauses() {
    for (let pause = 0; pause < 2; pause++) {
      regions();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  },
  async closes() {
    regions();
    await crew[Symbol.asyncDispose]();
  },
  nested() {
    new Worker(new URL(import.meta.url), { argv: ["regions"] }).on("exit", (code) => {
      process.exitCode = code + 6;
    });
  },
};
await ways[process.argv[2] ?? ""]?.();
