/** What README.md says of pages, in a page: its very lines, bundled and opened in Chromium. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium as launchOptions } from "@mt-tools/adapters/chromium";
import { chromium } from "playwright";
import { build, preview } from "vite";
import { beforeAll, expect, onTestFinished, test } from "vitest";

const here = fileURLToPath(new URL("../", import.meta.url));
/** Below a folder that knows the packages. */
const root = `${here}reports/read-me`;
const settings = { root, configFile: `${here}vite.config.ts`, logLevel: "error" } as const;

beforeAll(async () => {
  const text = readFileSync(`${here}../../README.md`, "utf8");
  const [, section = ""] = text.split("\n## In a page\n");
  const [, lines = ""] = /```ts no-run\n(.*?)```/s.exec(section) ?? [];
  expect(lines).toContain('useBackend("webgpu")');
  mkdirSync(root, { recursive: true });
  writeFileSync(`${root}/main.ts`, lines);
  const page =
    '<link rel="icon" href="data:,"><body><script type="module" src="./main.ts"></script>';
  writeFileSync(`${root}/index.html`, `<!doctype html>${page}`);
  await build(settings);
});

/** Sent to the page as text: counts the devices it asks for. */
function count(): void {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (...all) {
    document.title += "a GPU";
    return requestDevice.apply(this, all);
  };
}

test.each([
  ["on the GPU", "a GPU", () => true],
  ["on the CPU where there is none", "", (argument: string) => !argument.includes("webgpu")],
])("the lines of README.md run %s", async (_, title, passes) => {
  const { args = [], ...options } = await launchOptions();
  const browser = await chromium.launch({ ...options, args: args.filter(passes) });
  onTestFinished(() => browser.close());
  const server = await preview({ ...settings, preview: { host: "127.0.0.1", port: 0 } });
  onTestFinished(() => server.close());
  const page = await browser.newPage();
  await page.addInitScript(count);
  await page.goto(server.resolvedUrls?.local[0] as string);
  await page.getByText("[[7,10],[15,22]]").waitFor();
  expect(await page.title()).toBe(title);
});
