/** Programs with a GPU end by themselves, and print nothing of ours. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("./script.ts", import.meta.url));
/** How often each of the ways to end is tried: `MT_EXITS=13` makes a hundred scripts of them. */
const rounds = Number(process.env.MT_EXITS ?? 1);

interface End {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}
const run = (way: string, env: NodeJS.ProcessEnv = {}): Promise<End> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--conditions=@mt/source", script, way], {
      env: { ...process.env, ...env },
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output, errors });
    });
  });

numeric.test.each([
  ["reads", 0, "465.416\n"],
  ["reads at once", 0, "465.416\n"],
  ["leaves", 0, ""],
  ["throws", 1, ""],
  ["rejects", 1, ""],
  ["exits", 5, ""],
  ["disposes", 0, ""],
  ["makes many", 0, "[ 2, 3 ]\n"],
])(
  'a program that "%s" exits by itself with code %i and prints "%s"',
  async (way, code, printed) => {
    for (let round = 0; round < rounds; round++) {
      const end = await run(way);
      expect(end.code, end.errors).toBe(code);
      expect(end.output).toBe(printed);
      if (code !== 1) expect(end.errors).toBe("");
      else expect(end.errors).toContain("on purpose");
    }
  },
  600_000,
);

test("without the package it says how to install it", async () => {
  const { code, output, errors } = await run("lacks the package");
  expect(output).toBe(
    "webgpu: this host has no navigator.gpu, and the npm package webgpu is not installed. " +
      "Run npm i webgpu@0.6.2, or pass a GPU: webgpu({ gpu }).\n",
  );
  expect([code, errors]).toEqual([0, ""]);
});

test("where the package cannot be loaded it says why", async () => {
  const { output } = await run("lacks the system's library");
  expect(output).toMatch(
    /^webgpu: the npm package webgpu could not be loaded: version GLIBC_2.34 not/,
  );
});

test("without a driver it says what was tried and how to get one", async () => {
  const { code, output } = await run("lacks a driver", { VK_DRIVER_FILES: "/nowhere.json" });
  expect(output).toMatch(/^webgpu: no adapter was found; tried npm webgpu \(Dawn\) on Vulkan by /);
  expect(output).toContain("Install a GPU driver with Vulkan, Metal or D3D12, or a software one");
  expect(code).toBe(0);
});

test("in a page without WebGPU it does not look for packages", async () => {
  const { output } = await run("is a page");
  expect(output).toMatch(/^webgpu: this page has no navigator.gpu. Use a browser with WebGPU/);
});
