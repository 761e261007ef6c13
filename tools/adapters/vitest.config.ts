import { defineProject } from "../../vitest.shared.ts";
import { withAdapter } from "./src/project.ts";

export default withAdapter(defineProject("adapters"));
