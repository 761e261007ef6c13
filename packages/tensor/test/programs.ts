/**
 * Module 2 — Random programs.
 *
 * A program is a list of steps, a step a few random numbers that choose among everything that can
 * be done with the values so far. Any numbers make a valid program, so that a failing one shrinks
 * by leaving steps out. Values are reused, views are taken of views, several are outputs.
 */
import fc from "fast-check";
import { realize, type Tensor } from "../src/index.ts";
import { foldStep, reductionStep, runningStep } from "./steps/folds.ts";
import { gatherStep, scatterStep, sortStep } from "./steps/indexing.ts";
import { countStep, dataStep } from "./steps/leaves.ts";
import { joinStep, moveStep } from "./steps/moves.ts";
import { castStep, operatorStep } from "./steps/operators.ts";
import { contractionStep, convolutionStep, einsumStep, matmulStep } from "./steps/products.ts";
import { type Action, Choices, type Manner, Program, type Step, widestFloat } from "./values.ts";

/** Every number as likely as any other: choices are made of remainders. */
export const programs = (length = 16): fc.Arbitrary<readonly Step[]> =>
  fc.noBias(
    fc.array(fc.array(fc.nat(0xffff), { minLength: 14, maxLength: 14 }), {
      minLength: 3,
      maxLength: length,
    }),
  );

/** What a step may do, and how often. */
const actions: readonly (readonly [weight: number, action: Action])[] = [
  [4, dataStep],
  [1, countStep],
  [6, operatorStep],
  [3, reductionStep],
  [3, foldStep],
  [2, runningStep],
  [7, moveStep],
  [2, matmulStep],
  [3, contractionStep],
  [1, convolutionStep],
  [1, einsumStep],
  [1, joinStep],
  [3, gatherStep],
  [4, scatterStep],
  [1, sortStep],
  [2, castStep],
  // exact programs are held to the meaning of the whole graph, so it stays whole
  [
    1,
    (p, c, { exact, tame }) => {
      const { x } = p.value(c);
      if (!exact && !tame && c.once(3)) realize(x);
    },
  ],
];
const weighted = actions.flatMap(([weight, action]) => new Array<Action>(weight).fill(action));

/** The program, recorded; its outputs are the last values, and every second one before. */
export function runProgram(
  steps: readonly Step[],
  manner: Manner,
): { outputs: Tensor[]; leaves: Tensor[]; values: Tensor[] } {
  const program = new Program(manner);
  const [first, ...rest] = steps as readonly [Step, ...Step[]];
  // there is always something to begin with, and to differentiate by
  const choices = new Choices(first);
  program.add(program.leaf(choices, program.shape(choices), widestFloat()), 6);
  for (const step of rest) {
    const c = new Choices(step);
    c.pick(weighted)(program, c, manner);
  }
  const values = program.values.map(({ x }) => x);
  const outputs = values.filter((_, i) => i % 2 === 0 || i > values.length - 4);
  return { outputs, leaves: program.leaves, values };
}
