import { afterEach, expect, test, vi } from "vitest";
import type { Abandoned, Crew } from "../../src/threads/crew.ts";
import { piscinaPlatform } from "../../src/threads/node.ts";
import type { Platform } from "../../src/threads/platform.ts";
import { churn, churned, crewOf, learn, meet, Shelf, trapping } from "./kernels.ts";

const faulty = piscinaPlatform(new URL("./faulty-worker.ts", import.meta.url));
const crews: Crew[] = [];
const crewFor = (...options: Parameters<typeof crewOf>): Crew => {
  const crew = crewOf(...options);
  crews.push(crew);
  return crew;
};
afterEach(async () => {
  for (const crew of crews.splice(0)) await crew[Symbol.asyncDispose]();
});

/** A crew one of whose workers will have an accident in its next chunk. */
function accident(which: number, patience = 250) {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { patience }, faulty);
  expect(meet(crew, shelf)).toBeNull();
  shelf.words(0, 1)[0] = which;
  return { shelf, crew };
}

/** Runs regions until one is abandoned: the accident happens to a worker's next chunk. */
function untilAbandoned(region: () => Abandoned | null): Abandoned {
  for (;;) {
    const outcome = region();
    if (outcome) return outcome;
  }
}

test.each([
  ["killed", 1],
  ["stopped for longer than the bound", 2],
])("a worker %s in a chunk costs a bounded delay", async (_, which) => {
  const { shelf, crew } = accident(which);
  const job = learn(crew, shelf, "churn", churn);
  const region = () => {
    const out = shelf.allocate(4 * 64);
    return { out, outcome: crew.run(job, 64, shelf.block(out, 20_000)) };
  };
  const start = performance.now();
  const abandoned = untilAbandoned(() => region().outcome);
  const again = region();
  const spent = performance.now() - start;
  expect(again.outcome).toBeNull();
  expect(shelf.words(again.out, 64)).toEqual(churned(64, 20_000));
  expect(spent).toBeGreaterThan(250);
  await abandoned.exited;
  expect(meet(crew, shelf)).toBeNull(); // others have been hired
});

test("blocks of an abandoned region stay in quarantine until the late thread has ended", async () => {
  const { shelf, crew } = accident(2);
  const job = learn(crew, shelf, "churn", churn);
  const abandoned = untilAbandoned(() =>
    crew.run(job, 64, shelf.block(shelf.allocate(4 * 64), 1000)),
  );
  const start = performance.now();
  await abandoned.exited;
  expect(performance.now() - start).toBeGreaterThan(100);
});

test("a worker that stands still for less than the bound is waited for", () => {
  const { shelf, crew } = accident(3, 10_000);
  const job = learn(crew, shelf, "churn", churn);
  const start = performance.now();
  while (shelf.words(0, 1)[0] !== 0) {
    const out = shelf.allocate(4 * 64);
    expect(crew.run(job, 64, shelf.block(out, 20_000))).toBeNull();
    expect(shelf.words(out, 64)).toEqual(churned(64, 20_000));
  }
  expect(performance.now() - start).toBeGreaterThan(90);
});

test("a worker that ends between regions is replaced once that is heard of", async () => {
  const shelf = new Shelf();
  const pools: { end(): Promise<unknown> }[] = [];
  const platform: Platform = {
    ...faulty,
    hire(count, post, lost) {
      const workers = faulty.hire(count, post, lost);
      pools.push({ end: () => workers.dismiss().then(() => lost("ended by a test")) });
      return workers;
    },
  };
  const crew = crewFor(shelf, {}, platform);
  expect(meet(crew, shelf)).toBeNull();
  await pools[0]?.end();
  expect(meet(crew, shelf)).toBeNull();
  expect(pools.length).toBe(2);
});

test("a worker that has died unheard of is noticed while this thread never yields", () => {
  const shelf = new Shelf();
  const hired: { end(): Promise<unknown> }[] = [];
  const platform: Platform = {
    ...faulty,
    hire(count, post, lost) {
      const workers = faulty.hire(count, post, lost);
      hired.push({ end: () => workers.dismiss() });
      return workers;
    },
  };
  const crew = crewFor(shelf, {}, platform);
  expect(meet(crew, shelf)).toBeNull();
  void hired[0]?.end(); // ends it at once; this thread hears of it when it yields
  const job = learn(crew, shelf, "churn", churn);
  const until = performance.now() + 20_000;
  while (hired.length === 1 && performance.now() < until)
    expect(crew.run(job, 64, shelf.block(shelf.allocate(4 * 64), 20_000))).toBeNull();
  expect(hired.length).toBe(2);
});

test("a trap on a worker is an error that names the kernel, and the crew goes on", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf);
  const job = learn(crew, shelf, "trapping", trapping);
  const block = (trap: number) => shelf.block(0, shelf.block(0, trap));
  for (let round = 0; round < 3; round++) {
    expect(crew.run(job, 2, block(0))).toBeNull();
    expect(() => crew.run(job, 2, block(1))).toThrow(
      '"cpu-threads" failed to run trapping: unreachable.',
    );
  }
});

test("a trap on this thread is the same error", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { threads: 1 });
  const job = learn(crew, shelf, "trapping", trapping);
  // unit 0 finds its flag up, unit 1 traps
  expect(() => crew.run(job, 2, shelf.block(0, shelf.block(1, 1)))).toThrow(
    '"cpu-threads" failed to run trapping: unreachable.',
  );
});

test("a crew that can have no workers says so once and goes on alone", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const missing = piscinaPlatform(new URL("./no-such-worker.ts", import.meta.url));
  const shelf = new Shelf();
  const crew = crewFor(shelf, {}, missing);
  const job = learn(crew, shelf, "churn", churn);
  for (let round = 0; round < 100 && crew.threads > 1; round++) {
    const out = shelf.allocate(4 * 64);
    expect(crew.run(job, 64, shelf.block(out, 1000))).toBeNull();
    expect(shelf.words(out, 64)).toEqual(churned(64, 1000));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(crew.threads).toBe(1);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^cpu-threads: no worker threads/)]]);
  warn.mockRestore();
});

test("a region whose kernel traps in every thread is one error", () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { threads: 4 });
  expect(meet(crew, shelf)).toBeNull();
  const job = learn(crew, shelf, "trapping", trapping);
  expect(() => crew.run(job, 5000, shelf.block(0, shelf.block(1, 1)))).toThrow("unreachable");
  expect(meet(crew, shelf)).toBeNull();
});

test("with threads killed again and again every number is right", async () => {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { threads: 4, patience: 50 }, faulty);
  const job = learn(crew, shelf, "churn", churn);
  const outs = [shelf.allocate(4 * 500), shelf.allocate(4 * 500)];
  const right = churned(500, 2000);
  const kills = 5;
  for (let kill = 0; kill < kills; ) {
    for (let region = 0; region < 50; region++) {
      const out = outs[region & 1] as number;
      const words = shelf.words(out, 500).fill(0);
      if (region === 25) shelf.words(0, 1)[0] = 1;
      let abandoned = crew.run(job, 500, shelf.block(out, 2000));
      while (abandoned) {
        kill++;
        await abandoned.exited;
        abandoned = crew.run(job, 500, shelf.block(out, 2000));
      }
      expect(words).toEqual(right);
      if (region % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
});
