/** The conformance suite in a page whose workers take part in every kernel that can be divided. */
import { testBackend } from "@mt/backend/testing";
import { afterAll, describe, expect, it, vi } from "vitest";
import { makeDevice } from "../../src/device.ts";
import { always } from "../../test/threads/kernels.ts";
import { stated } from "../stated.ts";
import { Witness } from "../witness.ts";

const witness = new Witness();
vi.stubGlobal("Worker", witness.watched(Worker));
afterAll(() => vi.unstubAllGlobals());

/** Workers come only to a page that yields. */
const yielded = () => new Promise<void>((resolve) => setTimeout(resolve, 10));

testBackend(
  () => {
    const crew = { costs: always, patience: 30_000 };
    return makeDevice({ threads: 3 }, { tuning: { grain: 8 }, crew });
  },
  { describe, it: (name, body) => it(name, () => yielded().then(body)) },
  { ...stated, report: () => undefined },
);

it("was held to by two workers, too", () => {
  expect(crossOriginIsolated).toBe(true);
  expect(witness.workers.length).toBe(2);
  for (const worker of [0, 1]) expect(witness.chunks(worker)).toBeGreaterThan(100);
});
