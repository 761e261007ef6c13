import { afterEach, expect, test } from "vitest";
import type { Crew } from "../../src/threads/crew.ts";
import { churn, churned, crewOf, meet, Shelf } from "./kernels.ts";

const crews: Crew[] = [];
const crewFor = (...options: Parameters<typeof crewOf>): Crew => {
  const crew = crewOf(...options);
  crews.push(crew);
  return crew;
};
afterEach(async () => {
  for (const crew of crews.splice(0)) await crew[Symbol.asyncDispose]();
});

test.each([1, 2, 3, 4])("results do not depend on the number of threads: %i", (threads) => {
  const shelf = new Shelf();
  const crew = crewFor(shelf, { threads });
  const job = crew.learn("churn", churn, 100);
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
