import { defineProject } from "../../vitest.shared.ts";

export default defineProject("nn", { isolate: ["test/programs.test.ts"] });
