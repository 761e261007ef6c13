import { cpSync } from "node:fs";
import { join } from "node:path";
import { chromium as launchOptions } from "@mt-tools/adapters/chromium";
import { chromium } from "playwright";
import { build, preview } from "vite";
import { expect, inject, onTestFinished, test } from "vitest";
import { emptyFolder, install } from "../src/install.ts";
import { programFolder } from "../src/programs.ts";

const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

test("a page that vite has built finds the workers' file", async () => {
  const root = emptyFolder(inject("outside"));
  await install(root, inject("tarballs"));
  cpSync(join(programFolder, "page"), root, { recursive: true });
  const settings = { root, configFile: false, logLevel: "error" } as const;
  await build({ ...settings, build: { target: "es2024" } });
  const address = { host: "127.0.0.1", port: 0, headers };
  const server = await preview({ ...settings, preview: address });
  onTestFinished(() => server.close());
  const browser = await chromium.launch(await launchOptions());
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const told = new Set<string>();
  page.on("console", (message) => told.add(message.text()));
  page.on("pageerror", ({ message }) => told.add(message));
  await page.goto(server.resolvedUrls?.local[0] as string);
  await expect.poll(() => page.workers().length, { timeout: 60_000 }).toBe(2);
  const named = page.workers().map((worker) => worker.url().includes("/assets/browser-worker-"));
  expect(named).toEqual([true, true]);
  told.clear();
  await expect.poll(() => [...told]).toEqual(["right"]);
});
