/** Reading at once waits by Dawn's own function, whatever else went through `setImmediate`. */
import { numeric } from "@mt-tools/adapters/numeric";
import { expect } from "vitest";
import { makeDevice } from "./device.ts";

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

numeric.test("devices that are made at once leave setImmediate as it was", async () => {
  const before = setImmediate;
  const devices = await Promise.all([makeDevice(), makeDevice(), makeDevice()]);
  expect(setImmediate).toBe(before);
  for (const device of devices) {
    const buffer = device.allocate(8);
    device.write(buffer, bytes);
    expect(device.readSync?.(buffer).slice(0, 8)).toEqual(bytes);
  }
});

numeric.test("functions that settle promises are not taken for it", async () => {
  const made = new AbortController();
  const others = (async () => {
    while (!made.signal.aborted) await new Promise<void>((resolve) => setImmediate(resolve));
  })();
  const before = setImmediate;
  const device = await makeDevice();
  made.abort();
  await others;
  expect(setImmediate).toBe(before);
  const buffer = device.allocate(1000);
  device.write(buffer, bytes);
  expect(device.readSync?.(buffer).slice(0, 8)).toEqual(bytes);
  expect(setImmediate).toBe(before);
});
