/** Module 3.96 — The file that a browser runs in each Web Worker. */
import { attend, type Call } from "./attend.ts";

const scope = globalThis as { onmessage?: (event: { readonly data: Call }) => void };
scope.onmessage = ({ data }) => attend(data);
