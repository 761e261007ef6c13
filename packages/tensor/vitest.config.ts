import { defineProject } from "../../vitest.shared.ts";

export default defineProject("tensor", {
  isolate: ["test/garbage.test.ts", "test/memory.test.ts", "test/released.test.ts"],
  setupFiles: ["test/usual-device.ts"],
});
