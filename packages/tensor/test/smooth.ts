/**
 * Module 2 — A random program as a function of its leaves, in f64.
 *
 * Values are scaled on the way, so that none drowns the others; the scales are found by a first run
 * and are numbers from then on. The result is a random combination of what depends on the leaves.
 */
import { isFloat } from "@mt/operators";
import { eager, type Tensor } from "../src/index.ts";
import { runProgram } from "./programs.ts";
import { type Manner, randomLike, type Step } from "./values.ts";

/** What brings the greatest magnitude of x to about 2; 0 where some element is not finite. */
function factorOf(x: Tensor): number {
  const most = Math.max(0, ...x.detach().abs().dataSync());
  if (!Number.isFinite(most)) return 0;
  return most > 4 || (most > 0 && most < 0.1) ? 2 / most : 1;
}

export interface SmoothFunction {
  readonly leaves: readonly Tensor[];
  /** One number; for leaves of the same shapes. */
  readonly f: (leaves: readonly Tensor[]) => Tensor;
}
/** null where no result depends on a leaf. */
export function smoothFunction(steps: readonly Step[]): SmoothFunction | null {
  const factors: number[] = [];
  const tame = (x: Tensor): number => factors[factors.push(factorOf(x)) - 1] as number;
  // node by node: small kernels, most of which were compiled before
  const { outputs, leaves } = eager(() => runProgram(steps, { exact: false, tame }));
  const depends = outputs.map((y) => y.requiresGrad && isFloat(y.dtype) && y.size > 0);
  if (!depends.includes(true)) return null;
  const f = (given: readonly Tensor[]): Tensor => {
    let factor = 0;
    let leaf = 0;
    const manner: Manner = {
      exact: false,
      tame: () => factors[factor++] as number,
      leaf: (x) => (x.requiresGrad ? (given[leaf++] as Tensor) : x),
    };
    const ends = runProgram(steps, manner).outputs.filter((_, i) => depends[i]);
    return ends
      .slice(-5)
      .map((y, i) => y.mul(randomLike(y, i + 1)).sum())
      .reduce((a, b) => a.add(b));
  };
  return { f, leaves: leaves.map((x) => x.detach()) };
}

/** How the program is told when a law of its smooth form fails: without the scales. */
export const smoothManner: Manner = { exact: false, tame: () => 1 };
