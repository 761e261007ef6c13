/** Module 2 — A scenario, plainly and compiled: what the tests of `compile` compare. */
import { expect } from "vitest";
import {
  type Compiled,
  type CompileOptions,
  compile,
  manualSeed,
  type Tensor,
} from "../src/index.ts";
import { read } from "./training.ts";

export type Kind = <F extends (...args: never[]) => unknown>(f: F) => F;
let compiled: (((...args: never[]) => unknown) & Compiled) | null = null;
const plainly: Kind = (f) => f;
const compiling =
  (options: CompileOptions = {}): Kind =>
  (f) => {
    compiled = compile(f as (...args: never[]) => unknown, options);
    return compiled as unknown as typeof f;
  };

/** The scenario sees the same with and without `compile`; gives how many calls were replayed. */
export async function sameCompiled(
  scenario: (kind: Kind) => unknown,
  options?: CompileOptions,
): Promise<Compiled> {
  manualSeed(7);
  const expected = await scenario(plainly);
  manualSeed(7);
  expect(await scenario(compiling(options))).toEqual(expected);
  return compiled as Compiled;
}

/** Calls f with the numbers 0, 1, …, and reads what it gives and what it may have changed. */
export function calls(
  n: number,
  f: (k: number) => Tensor,
  ...state: readonly (Tensor | null)[]
): unknown[] {
  return Array.from({ length: n }, (_, k) => [...read(f(k)), ...read(...state)]);
}
