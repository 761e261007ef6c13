import { expect, test } from "vitest";
import { add, installMethods, mul, type Operator } from "../src/index.ts";

function pairs() {
  class Pair {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
    add(): string {
      return "its own";
    }
  }
  installMethods<Operator>(Pair.prototype, { add, mul }, (operator) => {
    return function (this: Pair, y: number) {
      return operator(this.x, y);
    };
  });
  return { Pair, pair: new Pair(3) as Pair & { mul(y: number): number } };
}

test("each row is a method, but what the class has itself comes first", () => {
  const { pair } = pairs();
  expect(pair.mul(4)).toBe(12);
  expect(pair.add()).toBe("its own");
});

test("methods can be replaced and are not listed", () => {
  const { Pair, pair } = pairs();
  const listed: string[] = [];
  for (const name in pair) listed.push(name);
  expect(listed).toEqual(["x"]);
  Object.assign(Pair.prototype, { mul: () => 0 });
  expect(pair.mul(5)).toBe(0);
});

test("tables can follow one another, on a class that inherits as well", () => {
  const { Pair } = pairs();
  class Named extends Pair {
    readonly name = "a";
  }
  installMethods(Named.prototype, { twice: 2, thrice: 3 }, (factor) => {
    return function (this: Named) {
      return factor * this.x;
    };
  });
  const named = new Named(3) as unknown as Record<"mul" | "twice", (y?: number) => number>;
  expect([named.twice(), named.mul(5)]).toEqual([6, 15]);
});
