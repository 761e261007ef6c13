import { expect, test } from "vitest";
import { budgets, sizeOf } from "../src/size.ts";

test.for(Object.entries(budgets))("%s weighs no more than it may", async ([program, { bound }]) => {
  const { sent, files } = await sizeOf(program);
  const heaviest = files.slice(0, 5).map(([file, bytes]) => `${bytes} ${file}`);
  expect(sent, `run "npm run bench sizes"; heaviest: ${heaviest.join(", ")}`).toBeLessThan(bound);
});
