/** Module 3.92 — The file that piscina runs in each of its threads. */
export { attend as default } from "./attend.ts";
