import { expect, test } from "vitest";
import { isRelaxed } from "../src/wasm/features.ts";
import { conformsEverywhere } from "./matrix.ts";

test("this host multiplies and adds in one instruction", () => {
  expect(isRelaxed()).toBe(true);
});
conformsEverywhere("relaxed");
