/** In a page, what nobody holds is collected in loops that await, whatever they await. */
import { expect, test } from "vitest";
import { cpuThreads } from "../../src/index.ts";
import { waste } from "../waste.ts";

const waits = {
  losses: (loss: { item(): Promise<unknown> }) => loss.item(),
  tasks: () => new Promise((resolve) => setTimeout(resolve)),
};

test.each(Object.entries(waits))("that is 96 MiB where 64 fit, awaiting %s", async (_, wait) => {
  await using device = cpuThreads();
  expect(await waste(device, { budget: 2 ** 26, each: 2 ** 18 }, wait)).toBeLessThan(0.5);
});
