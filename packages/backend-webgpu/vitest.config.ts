import { withAdapter } from "@mt-tools/adapters/project";
import { defineProject } from "../../vitest.shared.ts";

export default withAdapter(
  defineProject("backend-webgpu", {
    isolate: ["test/faults/*.test.ts", "test/gpu/*.test.ts", "test/{library,programs}.test.ts"],
  }),
);
