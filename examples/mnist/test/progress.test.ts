import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { progress } from "../src/progress.ts";

/** What is written while two epochs of three steps pass. */
async function written(isTTY: boolean): Promise<string> {
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const seen = progress(2, 3, output as unknown as NodeJS.WriteStream);
  for (const epoch of [1, 2])
    for (const step of [1, 2, 3]) {
      seen.show({ epoch, step, count: step === 3 ? 10 : 20, loss: step });
      if (isTTY) await setTimeout(120);
    }
  seen.end();
  return String(output.read());
}

test("a terminal gets a bar with the time left, and a line for each epoch", async () => {
  const text = await written(true);
  expect(text).toMatch(/█.*░ 50 % {2}loss \d\.\d{3} {2}\d+s left/);
  expect(text).toMatch(/\n?epoch 2\/2 {2}loss 1\.8000/);
});

test("anything else gets the lines only; the loss is the mean over images", async () => {
  const text = await written(false);
  expect(text.replace(/in .*s/g, "in … s")).toBe(
    "epoch 1/2  loss 1.8000  50 images in … s\nepoch 2/2  loss 1.8000  50 images in … s\n",
  );
});
