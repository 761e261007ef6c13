import { withAdapter } from "@mt-tools/adapters/project";
import { defineProject } from "../../vitest.shared.ts";

export default withAdapter(defineProject("minitorch", { isolate: true }));
