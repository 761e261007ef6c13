import { defineProject } from "../../vitest.shared.ts";

export default defineProject("backend-cpu-threads", {
  isolate: ["test/memory/*.test.ts", "test/threads/*.test.ts"],
});
