/** `npm run operations`: writes docs/operations.md. */
import { writeFileSync } from "node:fs";
import { page } from "./page.ts";

writeFileSync(new URL("../../../docs/operations.md", import.meta.url), page());
