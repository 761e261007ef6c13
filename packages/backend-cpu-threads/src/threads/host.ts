/**
 * Module 3.97 — Whose threads these are, asked where the program runs.
 *
 * Not by conditions of package.json: one set of files then serves every bundler, and what is built
 * for one host still works in the other.
 */
import { browserPlatform } from "./browser.ts";
import { nodePlatform } from "./node.ts";
import type { Platform } from "./platform.ts";

export const platformHere = (): Platform =>
  typeof globalThis.process?.getBuiltinModule === "function" ? nodePlatform : browserPlatform;
