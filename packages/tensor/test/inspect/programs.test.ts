/** Module 2.30 — Laws over random programs: explaining foretells, tracing changes no bit. */
import {
  programText,
  record,
  referenceBackend,
  registerBackend,
  unregisterBackend,
} from "@mt/backend";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { detectAnomaly, explain, realize, trace } from "../../src/index.ts";
import { programs, runProgram } from "../programs.ts";
import type { Step } from "../values.ts";

const device = record(referenceBackend());
beforeAll(() => registerBackend(device));
afterAll(() => void unregisterBackend(device.name));

const runs = { numRuns: 60, seed: 20_261_121, noBias: true } as const;
const computed = (steps: readonly Step[]): number[][] => {
  const { outputs } = runProgram(steps, { exact: true });
  realize(...outputs);
  return outputs.map((x) => [...x.dataSync()]);
};

test("what explain lists is what runs", () => {
  const foretells = (steps: readonly Step[]): void => {
    realize();
    const { outputs } = runProgram(steps, { exact: true });
    const { programs } = explain(outputs);
    device.clear();
    realize(...outputs);
    expect(programs.map(({ program }) => programText(program)).join("\n\n")).toBe(device.text);
    for (const { kernels, program } of programs)
      for (const { bytesWritten, operations, stores } of kernels) {
        const room = stores.reduce((n, { slot }) => n + (program.slots[slot]?.bytes ?? 0), 0);
        expect(bytesWritten).toBeLessThanOrEqual(room);
        expect(Number.isSafeInteger(operations)).toBe(true);
      }
  };
  fc.assert(fc.property(programs(), foretells), runs);
});

test("traced kernel by kernel, a program gives the same bits", async () => {
  const same = async (steps: readonly Step[]): Promise<void> => {
    const expected = computed(steps);
    let traced: number[][] = [];
    await trace(() => {
      traced = computed(steps);
    });
    expect(traced).toStrictEqual(expected);
  };
  await fc.assert(fc.asyncProperty(programs(), same), runs);
});

test("looked at operation by operation, too, where all is finite", () => {
  const same = (steps: readonly Step[]): void => {
    expect(detectAnomaly(() => computed(steps))).toStrictEqual(computed(steps));
  };
  fc.assert(fc.property(programs(), same), runs);
});
