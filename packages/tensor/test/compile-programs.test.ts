/** Module 2 — Random programs, replayed, give the bits that recording gives. */
import { referenceBackend, registerBackend } from "@mt/backend";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { noGrad, realize, type Tensor, tensor } from "../src/index.ts";
import { sameCompiled } from "./compiled.ts";
import { programs, runProgram } from "./programs.ts";
import { read } from "./training.ts";
import type { Step } from "./values.ts";

registerBackend(referenceBackend());
beforeEach(() => realize()); // what earlier tests left

const runs = { numRuns: 60, seed: 20_261_122, noBias: true } as const;

test.each([{ exact: true }, { exact: false }])("values and state: %o", async (manner) => {
  let replays = 0;
  const same = async (steps: readonly Step[]): Promise<void> => {
    const { replayed } = await sameCompiled((kind) => {
      const state = tensor([1, 2]);
      const f = kind((rate: number) => {
        const { outputs } = runProgram(steps, manner);
        const last = (outputs.at(-1) as Tensor).detach().to("f32").sum();
        noGrad(() => state.assign(state.mul(rate).add(last)));
        return outputs.map((x) => x.detach());
      });
      return [0.5, 0.25, 2.5, -1.5, 0.75].map((rate) => read(...f(rate), state));
    });
    replays += replayed;
  };
  await fc.assert(fc.asyncProperty(programs(), same), runs);
  expect(replays).toBeGreaterThan(runs.numRuns);
});
