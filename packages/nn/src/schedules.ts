/**
 * Module 4.18 — Learning rates over time.
 *
 * A schedule is a function of the step, counted from 0: `optimizer.rate = schedule(step)`. The rate
 * is a number of the program, so a new one at each step compiles nothing.
 */
import { mustBeFunction } from "@mt/operators";
import { notASchedule } from "./errors.ts";
import { checkSetting } from "./optimizer.ts";

export type Schedule = (step: number) => number;

/**
 * Half a cosine from `rate` down to `end`, in `steps` steps: https://arxiv.org/abs/1608.03983.
 * @example
 * const schedule = cosineSchedule(0.1, 100);
 * [schedule(0), schedule(50), schedule(100)]; // [0.1, 0.05, 0]
 */
export function cosineSchedule(rate: number, steps: number, end = 0): Schedule {
  checkSetting("cosineSchedule", "steps", steps, 1, Infinity);
  return (step) =>
    end + ((rate - end) / 2) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));
}

/**
 * `rate`, times `factor` after each `every` steps.
 * @example
 * const schedule = stepSchedule(1, 10, 0.5);
 * [schedule(9), schedule(10), schedule(25)]; // [1, 0.5, 0.25]
 */
export function stepSchedule(rate: number, every: number, factor: number): Schedule {
  checkSetting("stepSchedule", "every", every, 1, Infinity);
  return (step) => rate * factor ** Math.floor(step / every);
}

/**
 * Grows evenly over the first `steps` steps to where another schedule begins.
 * @example
 * const schedule = warmup(4, cosineSchedule(0.1, 100));
 * [schedule(0), schedule(3), schedule(4)]; // [0.025, 0.1, 0.1]
 */
export function warmup(steps: number, next: Schedule): Schedule {
  checkSetting("warmup", "steps", steps, 1, Infinity);
  mustBeFunction("warmup", next, notASchedule);
  return (step) => (step < steps ? (next(0) * (step + 1)) / steps : next(step - steps));
}
