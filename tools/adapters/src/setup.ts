/**
 * Before the tests: finds the adapter and lets the test processes inherit the way to it. They must be
 * processes (vitest's `forks`): a loader reads these variables when a process begins.
 */
import type { TestProject } from "vitest/node";
import { type Found, find } from "./find.ts";
import { ways } from "./ways.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly adapter: Found;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const wish = { way: process.env.MT_ADAPTER, strict: Boolean(process.env.CI) };
  const { found, environment } = find(wish, await ways());
  Object.assign(process.env, environment);
  project.provide("adapter", found);
}
