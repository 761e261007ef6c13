/** Module 2 — A file of tests leaves devices as it found them: others share its process. */
import { getBackend, unregisterBackend } from "@mt/backend";
import { afterAll } from "vitest";

const usual = getBackend();
afterAll(() => {
  for (let device = getBackend(); device !== usual; device = getBackend())
    unregisterBackend(device.name);
});
