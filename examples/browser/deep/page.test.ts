/** The page as it is built and served, in Chromium: it learns, and says what it runs on. */
import { chromium as launchOptions } from "@mt-tools/adapters/chromium";
import { type Browser, chromium, type Page } from "playwright";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = new URL("../", import.meta.url).pathname;
let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch(await launchOptions());
  await build({ root, logLevel: "error" });
});
const servers: PreviewServer[] = [];
afterAll(async () => {
  await browser.close();
  for (const server of servers) await server.close();
});

/** The page, served with these headers; `faults` fills with what goes wrong in it. */
async function open(headers?: Record<string, string>): Promise<{ page: Page; faults: string[] }> {
  const server = await preview({
    root,
    preview: { host: "127.0.0.1", port: 0, ...(headers && { headers }) },
  });
  servers.push(server);
  const page = await browser.newPage({ viewport: { width: 1040, height: 680 } });
  const faults: string[] = [];
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  await page.goto(server.resolvedUrls?.local[0] as string);
  return { page, faults };
}

const numberIn = async (page: Page, id: string): Promise<number> =>
  Number.parseFloat((await page.textContent(`#${id}`)) as string);

/** Starts training and waits until it is over. */
async function learn(page: Page): Promise<void> {
  await page.click("#go");
  await page.getByText(/^Trained in/).waitFor();
}

test.each([["cpu-threads"], ["reference"]])("the network learns on %s", async (name) => {
  const { page, faults } = await open();
  await page.selectOption("#device", name);
  await page.selectOption("#dataset", "xor");
  await learn(page);
  expect(await numberIn(page, "right")).toBeGreaterThanOrEqual(45);
  expect(await numberIn(page, "loss")).toBeLessThan(0.5);
  await page.screenshot({ path: `reports/${name}.png` });
  expect(faults).toEqual([]);
});

test("training can be stopped, continued and begun anew", async () => {
  const { page, faults } = await open();
  const epochs = (least: number) =>
    page.waitForFunction((n) => Number(document.querySelector("#epoch")?.textContent) >= n, least);
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

test("a page that is not isolated says why it has one thread, and learns", async () => {
  const { page, faults } = await open({ "Cross-Origin-Embedder-Policy": "unsafe-none" });
  expect(await page.textContent("#device option:checked")).toBe("CPU, 1 thread");
  expect(await page.textContent("#notice")).toContain("Cross-Origin-Embedder-Policy: require-corp");
  await page.selectOption("#dataset", "xor");
  await learn(page);
  expect(await numberIn(page, "right")).toBeGreaterThanOrEqual(45);
  expect(faults.length).toBeLessThanOrEqual(1); // as soon as threads would have been of use
  for (const fault of faults) expect(fault).toContain("going on with one thread");
});

test("what goes wrong is said in the page", async () => {
  const { page } = await open();
  await page.evaluate(() => {
    const device = document.querySelector("#device") as HTMLSelectElement;
    device.options[0]?.setAttribute("value", "abacus");
    device.dispatchEvent(new Event("change"));
  });
  await page.getByText('there is no device "abacus"').waitFor();
});
