/**
 * The last lines of `npm test`.
 */
import { kept, summary } from "./summary.ts";

for (const line of summary(kept())) console.log(line);
