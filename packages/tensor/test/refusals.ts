/** Module 2 — Refusals: what is tried, the whole error it must be, and that nothing else changes. */
import { describe, expect, test } from "vitest";
import { ShapeError, TensorError, tensor } from "../src/index.ts";

export type Case = readonly [what: string, error: string, f: () => unknown];
/** What a program without types may pass. */
export const any = (x: unknown): never => x as never;

export function refuses(cases: Readonly<Record<string, readonly Case[]>>): void {
  const [x, y] = [tensor([1, 2]), tensor([[3], [4]])];
  describe.each(Object.entries(cases))("%s", (_, list) => {
    test.each(list)("%s", (_, message, f) => {
      let text = "no error";
      try {
        f();
      } catch (error) {
        text = String(error);
        if (error instanceof ShapeError || error instanceof TensorError)
          expect(error.message.startsWith(`${error.operation}: `)).toBe(true);
      }
      expect(text).toBe(message);
      // the operands are as they were, and the device goes on
      expect([...x.add(y).dataSync()]).toEqual([4, 5, 5, 6]);
    });
  });
}
