/** Long sums, of terms that round as badly as they can, are as near as the device says. */
import { describe, test } from "vitest";
import { cpuThreads } from "../src/index.ts";
import { listsOf, mustBeNear, names, near, ways } from "../test/sums.ts";

const device = cpuThreads();

describe.each([2 ** 18, 2 ** 18 + 1, 2 ** 20 - 3, 2 ** 20, 2 ** 20 + 5])(
  "sums of %i terms",
  (length) => {
    const lists = listsOf(length);
    test.each(Object.entries(ways))("%s", (_, sums) => {
      mustBeNear(lists, sums(lists, device), near(length));
    });
  },
);
test.each(names)("sums of 2²⁴ %s", (name) => {
  const lists = listsOf(2 ** 24, [name]);
  for (const sums of Object.values(ways)) mustBeNear(lists, sums(lists, device), near(2 ** 24));
});
