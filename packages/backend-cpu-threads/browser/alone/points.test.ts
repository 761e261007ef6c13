import { rand, registerBackend } from "@mt/tensor";
import { expect, test, vi } from "vitest";
import { cpuThreads } from "../../src/index.ts";
import { train } from "../train.ts";

test("points are learned with one thread, and large products say once why there is but one", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await using device = cpuThreads({ threads: 3 });
  registerBackend(device);
  expect(await train("xor")).toBeGreaterThanOrEqual(45);
  const x = rand([1024, 1024]);
  for (let round = 0; round < 3; round++) await x.matmul(x).sum().item();
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining("no worker threads (the page is not isolated")],
  ]);
});
