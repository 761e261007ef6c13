import { operators } from "@mt/operators";
import * as library from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { measure } from "../src/measure.ts";
import { membersOf, otherExports, otherMembers } from "../src/others.ts";
import { nameOf } from "../src/row.ts";
import { meaningOf, operatorMeanings } from "../src/sources.ts";
import { groups } from "../src/tables.ts";

const rows = groups.flatMap((group) => group.rows);
const named = new Set(rows.map(nameOf));
const exported = Object.keys(library).filter((name) => !otherExports.has(name));
const members = membersOf(library.Tensor.prototype).filter(
  (name) => !otherMembers.has(name) && !Object.hasOwn(operators, name),
);

const remedy = "needs a row in tools/operations/src/tables, or a place in others.ts";
test.each([...exported, ...members.map((name) => `.${name}`)])(`%s ${remedy}`, (name) => {
  expect(named.has(name)).toBe(true);
});
test("rows name nothing that is not there", () => {
  const there = new Set([...exported, ...members.map((name) => `.${name}`)]);
  expect([...named].filter((name) => !there.has(name))).toEqual([]);
});
test("every operator, and every operation, has a docstring that says what it is", () => {
  expect(Object.keys(operators).filter((name) => !operatorMeanings.get(name))).toEqual([]);
  expect([...named].filter((name) => !meaningOf(name))).toEqual([]);
});

describe("a row states a derivative if, and only if, there is one", () => {
  test.each(rows)("%s", (call, shapes, derivative) => {
    expect(shapes).not.toBe("");
    expect(derivative === "–").toBe(measure(call).backward === null);
  });
});
