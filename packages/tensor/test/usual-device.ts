/** Module 2 — A file of tests leaves devices as it found them: others share its process. */
import { getBackend, unregisterBackend } from "@mt/backend";
import { afterAll } from "vitest";

const usual = getBackend();
afterAll(() => {
  // where the usual one is no longer registered none can be left to find
  let device = getBackend();
  while (device !== usual && unregisterBackend(device.name)) device = getBackend();
});
