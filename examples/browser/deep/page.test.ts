/** The page as it is built and served, in Chromium: it learns, and says what it runs on. */
import { fileURLToPath } from "node:url";
import { chromium as launchOptions } from "@mt-tools/adapters/chromium";
import { type Browser, chromium, type Page } from "playwright";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch(await launchOptions());
  await build({ root, logLevel: "error" });
});
afterAll(() => browser.close());

interface Opened {
  readonly page: Page;
  /** Errors and warnings in it. */
  readonly faults: readonly string[];
}

interface Circumstances {
  readonly by?: Browser;
  /** Sent beside those of the page's own configuration. */
  readonly headers?: Record<string, string>;
  /** What happens in the page before anything else. */
  readonly first?: () => void;
}

async function open({ by = browser, headers = {}, first }: Circumstances = {}): Promise<Opened> {
  const address = { host: "127.0.0.1", port: 0, headers };
  const server: PreviewServer = await preview({ root, preview: address });
  const page = await by.newPage({ viewport: { width: 1040, height: 620 } });
  if (first) await page.addInitScript(first);
  onTestFinished(async () => {
    await page.close();
    await server.close();
  });
  const faults: string[] = [];
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  await page.goto(server.resolvedUrls?.local[0] as string);
  await page.waitForSelector("#device option", { state: "attached" });
  return { page, faults };
}

const numberIn = async (page: Page, id: string): Promise<number> =>
  Number.parseFloat((await page.textContent(`#${id}`)) as string);

const chosenDevice = (page: Page) => page.textContent("#device option:checked");

/** Trains until it is over; at least 45 of the 50 points are then right. */
async function learn(page: Page): Promise<void> {
  await page.click("#go");
  await page.getByText(/^Trained in/).waitFor({ timeout: 120_000 });
  expect(await numberIn(page, "right")).toBeGreaterThanOrEqual(45);
  expect(await numberIn(page, "loss")).toBeLessThan(0.5);
}

test.each([
  ["webgpu", "simple"], // a GPU made of software is slow
  ["cpu-threads", "xor"],
  ["reference", "xor"],
])("the network learns on %s", { timeout: 150_000 }, async (device, dataset) => {
  const { page, faults } = await open();
  await page.selectOption("#device", device);
  await page.selectOption("#dataset", dataset);
  await learn(page);
  await page.screenshot({ path: `reports/${device}.png` });
  expect(faults).toEqual([]);
});

test("training can be stopped, continued and begun anew", async () => {
  const { page, faults } = await open();
  const epochs = (least: number) =>
    page.waitForFunction((n) => Number(document.querySelector("#epoch")?.textContent) >= n, least);
  await page.selectOption("#device", "cpu-threads");
  await page.selectOption("#dataset", "spiral");
  await page.click("#go");
  await epochs(3);
  await page.click("#go");
  await page.waitForTimeout(100);
  const stopped = await numberIn(page, "epoch");
  await page.waitForTimeout(300);
  expect(await numberIn(page, "epoch")).toBe(stopped);
  await page.click("#go");
  await epochs(stopped + 3);
  await page.click("#again");
  await expect.poll(() => page.textContent("#epoch")).toBe("–");
  expect(await page.textContent("#go")).toBe("Start");
  expect(faults).toEqual([]);
});

test("the GPU is chosen where there is one; where there is none the page says so", async () => {
  expect(await chosenDevice((await open()).page)).toMatch(/^GPU: \S+/);
  const { args = [], ...options } = await launchOptions();
  const without = await chromium.launch({
    ...options,
    args: args.filter((argument) => !argument.includes("webgpu")),
  });
  onTestFinished(() => without.close());
  const { page } = await open({ by: without });
  expect(await chosenDevice(page)).toMatch(/^CPU, \d+ thread/);
  expect(await page.textContent("#notice")).toContain("No GPU");
});

test("a page that is not isolated says why it has one thread, and learns", async () => {
  const { page, faults } = await open({
    headers: { "Cross-Origin-Embedder-Policy": "unsafe-none" },
  });
  await page.selectOption("#device", "cpu-threads");
  expect(await chosenDevice(page)).toBe("CPU, 1 thread");
  await page.getByText("Cross-Origin-Embedder-Policy: require-corp").waitFor();
  await page.selectOption("#dataset", "xor");
  await learn(page);
  expect(faults.length).toBeLessThanOrEqual(1); // as soon as threads would have been of use
  for (const fault of faults) expect(fault).toContain("going on with one thread");
});

/** Sent to the page as text: what it names must be there. */
function burn(): void {
  GPUAdapter.prototype.requestDevice = () => Promise.reject(new Error("it is on fire"));
}

test("what goes wrong is said in the page, which goes on", async () => {
  const { page } = await open({ first: burn });
  await page.getByText("it is on fire").waitFor();
  await page.selectOption("#device", "cpu-threads");
  await page.selectOption("#dataset", "simple");
  await learn(page);
});

test.each([
  ["cpu-threads", "'wasm-unsafe-eval'"],
  ["webgpu", ""],
])("a page that forbids generated scripts learns on %s", async (device, allowed) => {
  const policy = `default-src 'self'; script-src 'self' ${allowed}; img-src data:`;
  const { page, faults } = await open({ headers: { "Content-Security-Policy": policy } });
  await page.selectOption("#device", device);
  await page.selectOption("#dataset", "simple");
  await learn(page);
  expect(faults).toEqual([]);
});
