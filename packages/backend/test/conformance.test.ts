import { describe, it } from "vitest";
import { referenceBackend } from "../src/index.ts";
import { testBackend } from "../src/testing.ts";

describe("the reference device, generated", () => {
  testBackend(() => referenceBackend(), { describe, it });
});
describe("the reference device, interpreted", () => {
  testBackend(() => referenceBackend({ interpret: true }), { describe, it }, { runs: 10 });
});
