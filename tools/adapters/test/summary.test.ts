import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { summary } from "../src/summary.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const vitest = `${root}node_modules/vitest/vitest.mjs`;

test("a run that could not check numbers ends with how many tests were left out", () => {
  const flags = ["run", "--project", "adapters", "tools/adapters/test/adapter.test.ts"];
  const { status, stdout } = spawnSync(process.execPath, [vitest, ...flags], {
    cwd: root,
    env: { ...process.env, MT_ADAPTER: "null", NO_COLOR: "1" },
    encoding: "utf8",
  });
  const last = stdout.trim().split("\n").at(-1);
  expect(last).toBe("WebGPU adapter: null backend of Dawn: 1 NUMERIC TESTS NOT RUN");
  expect(status).toBe(0);
});

test("several packages have one line for each adapter, with the sum of what was left out", () => {
  const [soft, nothing] = [
    { way: "swiftshader", name: "SwiftShader" },
    { way: "null", name: "nothing" },
  ] as const;
  expect(summary([])).toEqual([]);
  expect(
    summary([
      { ...nothing, left: 3 },
      { ...soft, left: 0 },
      { ...nothing, left: 4 },
    ]),
  ).toEqual([
    "WebGPU adapter: nothing: 7 NUMERIC TESTS NOT RUN",
    "WebGPU adapter: SwiftShader (swiftshader)",
  ]);
});
