/** Programs without types pass anything: what is wrong is said by the operation, and nothing breaks. */
import { DTypeError, operators } from "@mt/operators";
import * as library from "@mt/tensor";
import { ShapeError, Tensor, TensorError, tensor } from "@mt/tensor";
import { expect, test } from "vitest";
import { membersOf, otherExports, otherMembers } from "../src/others.ts";

type Call = (...args: unknown[]) => unknown;
const matrix = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
const junk = [undefined, "a", Number.NaN, -1, 1.5, 99, [], [Number.NaN], [[1]], {}, true, "tensor"];
const argument = (x: unknown): unknown => (x === "tensor" ? matrix() : x);
/** Up to three arguments; options last of all are left out, which only types keep from being junk. */
const lists: unknown[][] = [
  [],
  ...junk.map((a) => [a]),
  ...junk.flatMap((a) => junk.map((b) => [a, b])),
  ...junk.flatMap((b) => junk.map((c) => ["tensor", b, c])),
];
/** Names under which an operation speaks of itself, where it has two. */
const spoken: Readonly<Record<string, string>> = { var: "variance" };

function complaintOf(name: string, f: Call, list: readonly unknown[]): string | null {
  try {
    const result = f(...list.map(argument));
    const found = result instanceof Tensor ? [result] : Object.values(result as object);
    for (const y of found) if (y instanceof Tensor) y.dataSync();
    return null;
  } catch (error) {
    const stated = [ShapeError, TensorError, DTypeError].some((kind) => error instanceof kind);
    const { message } = error as Error;
    return stated && message.startsWith(`${spoken[name] ?? name}: `) ? null : String(error);
  }
}

const functions = Object.entries(library).filter(([name]) => !otherExports.has(name));
const methods = membersOf(Tensor.prototype).filter(
  (name) => !otherMembers.has(name) && !Object.hasOwn(operators, name),
);
const calls: [string, Call][] = [
  ...functions.map(([name, f]): [string, Call] => [name, f as Call]),
  ...methods.map((name): [string, Call] => [
    name,
    (...list) => (matrix() as unknown as Record<string, Call>)[name]?.(...list),
  ]),
];
test.each(calls)("%s says what is wrong, under its name", (name, f) => {
  const wrong = lists.flatMap((list) => {
    const complaint = complaintOf(name, f, list);
    return complaint ? [`${name}(${list.map(String)}): ${complaint}`] : [];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
});
