/**
 * The test settings of what runs in a page: vitest's tests, inside a headless Chromium.
 */
import { playwright } from "@vitest/browser-playwright";
import type { ViteUserConfig } from "vitest/config";
import { chromium } from "./chromium.ts";

/** What a server must send for a page to share memory among threads. */
export const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
} as const;

/** Without Dawn's own checks a GPU made of software compiles kernels with barriers six times as fast. */
const unchecked = "--enable-dawn-features=disable_robustness,disable_workgroup_init";

/** `await inChromium(defineProject("name"), { isolated: true })` */
export async function inChromium(
  { test, server, ...base }: ViteUserConfig,
  { isolated }: { readonly isolated: boolean },
): Promise<ViteUserConfig> {
  const { execArgv: _, ...settings } = test ?? {}; // a page is no Node
  const { args = [], ...options } = await chromium();
  return {
    ...base,
    server: { ...server, host: "127.0.0.1", ...(isolated && { headers: isolation }) },
    test: {
      ...settings,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { ...options, args: [...args, unchecked] } }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}
