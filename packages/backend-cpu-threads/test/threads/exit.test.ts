import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("./script.ts", import.meta.url));
/** How often each of the eight ways is tried: `MT_EXITS=13` makes a hundred scripts of it. */
const rounds = Number(process.env.MT_EXITS ?? 1);

const run = (way: string): Promise<{ code: number | null; errors: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--conditions=@mt/source", script, way]);
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, errors });
    });
  });

test.each([
  ["regions", 0],
  ["code", 3],
  ["throws", 1],
  ["rejects", 1],
  ["exits", 5],
  ["pauses", 0],
  ["closes", 0],
  ["nested", 6],
])(
  'a script that ends by "%s" exits by itself with code %i',
  async (way, code) => {
    for (let round = 0; round < rounds; round++) {
      const end = await run(way);
      expect(end.code, end.errors).toBe(code);
      if (code !== 1) expect(end.errors).toBe("");
    }
  },
  600_000,
);
