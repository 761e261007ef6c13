import { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import { afterEach, expect, test, vi } from "vitest";
import type { Crew, Job } from "../../src/threads/crew.ts";
import { churn, churned, crewOf, learn, meet, Shelf } from "./kernels.ts";

const crews: Crew[] = [];
const crewFor = (...options: Parameters<typeof crewOf>): Crew => {
  const crew = crewOf(...options);
  crews.push(crew);
  return crew;
};
afterEach(async () => {
  for (const crew of crews.splice(0)) await crew[Symbol.asyncDispose]();
});

test.each([0, -1, 1.5, Number.NaN, Infinity])("%d threads are refused", (threads) => {
  expect(() => crewFor(new Shelf(), { threads })).toThrow(
    `"cpu-threads" failed to have ${threads} threads: there can be 1, 2, …`,
  );
});
test.each([1, 2, 3, 4])("results do not depend on the number of threads: %i", (threads) => {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { threads });
  if (threads > 1) expect(meet(crew, shelf)).toBeNull();
  const job = learn(crew, shelf, "churn", churn);
  for (const [units, grain] of [
    [1, 1],
    [2, 1],
    [1000, 1],
    [1003, 64],
    [5000, 7],
  ] as const) {
    for (let round = 0; round < 20; round++) {
      const out = shelf.allocate(4 * units);
      expect(crew.run(job, units, shelf.block(out, 50), grain)).toBeNull();
      expect(shelf.words(out, units)).toEqual(churned(units, 50));
    }
  }
});

test("workers come although this thread never yields, and come again after a rest", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { linger: 20 });
  for (let rest = 0; rest < 3; rest++) {
    expect(meet(crew, shelf)).toBeNull();
    const until = performance.now() + 100;
    while (performance.now() < until) {
      // longer than the workers linger
    }
    expect(crew.awake).toBe(0);
  }
});

test("piscina is given at most two tasks a thread for 1 000 regions", () => {
  const run = vi.spyOn(Piscina.prototype, "run");
  const shelf = new Shelf();
  const crew = crewFor(shelf, { threads: 3 });
  expect(meet(crew, shelf)).toBeNull();
  const job = learn(crew, shelf, "churn", churn);
  const out = shelf.allocate(4 * 64);
  for (let region = 0; region < 1000; region++)
    expect(crew.run(job, 64, shelf.block(out, region))).toBeNull();
  expect(run.mock.calls.length).toBeGreaterThan(0);
  expect(run.mock.calls.length).toBeLessThanOrEqual(2 * 2);
  run.mockRestore();
});

test("two crews work at once, each on its own memory", () => {
  const pairs = [new Shelf(), new Shelf()].map((shelf) => ({ shelf, crew: crewFor(shelf) }));
  for (const { shelf, crew } of pairs) expect(meet(crew, shelf)).toBeNull();
  const jobs = pairs.map(({ shelf, crew }) => learn(crew, shelf, "churn", churn));
  for (let round = 0; round < 100; round++) {
    pairs.forEach(({ shelf, crew }, i) => {
      const out = shelf.allocate(4 * 100);
      expect(
        crew.run(jobs[i] as (typeof jobs)[number], 100, shelf.block(out, round + i)),
      ).toBeNull();
      expect(shelf.words(out, 100)).toEqual(churned(100, round + i));
    });
  }
});

test("a crew works inside a worker thread, which then ends by itself", async () => {
  const worker = new Worker(new URL("./script.ts", import.meta.url), { argv: ["regions"] });
  const code = await new Promise((resolve, reject) =>
    worker.on("exit", resolve).on("error", reject),
  );
  expect(code).toBe(0);
});

test("the bytes of a thousand kernels are kept; one whose bytes are gone gets them again", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf);
  expect(meet(crew, shelf)).toBeNull();
  const region = (job: Job) => {
    const out = shelf.allocate(4 * 64);
    expect(crew.run(job, 64, shelf.block(out, 10))).toBeNull();
    expect(shelf.words(out, 64)).toEqual(churned(64, 10));
  };
  const first = learn(crew, shelf, "churn", churn);
  region(first);
  const { address } = first;
  for (let other = 0; other < 1024; other++) region(crew.learn(first.kernel));
  expect(shelf.freed).toContain(address);
  region(first);
  expect(first.address).not.toBe(address);
});

test("workers see memory that has grown since they came: kernels, blocks and data", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf);
  expect(meet(crew, shelf)).toBeNull();
  for (let round = 0; round < 5; round++) {
    shelf.grow();
    expect(meet(crew, shelf)).toBeNull(); // a new kernel, beyond the former end
  }
});

test("without room for a kernel's bytes this thread works alone", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf);
  expect(meet(crew, shelf)).toBeNull();
  const job = learn(crew, shelf, "churn", churn);
  const [out, block] = [shelf.allocate(4 * 64), shelf.block(0, 10)];
  shelf.words(block, 1)[0] = out;
  vi.spyOn(shelf, "allocate").mockReturnValue(null as never);
  expect(crew.run(job, 64, block)).toBeNull();
  expect(shelf.words(out, 64)).toEqual(churned(64, 10));
});

test("a crew disposed of ends its workers and goes on alone", async () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf);
  expect(meet(crew, shelf)).toBeNull();
  await crew[Symbol.asyncDispose]();
  expect(crew.threads).toBe(1);
  const out = shelf.allocate(4 * 64);
  expect(crew.run(learn(crew, shelf, "churn", churn), 64, shelf.block(out, 10))).toBeNull();
  expect(shelf.words(out, 64)).toEqual(churned(64, 10));
});
