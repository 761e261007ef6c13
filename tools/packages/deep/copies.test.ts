import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { execute } from "../src/execute.ts";
import { emptyFolder, install, installed } from "../src/install.ts";
import { pack } from "../src/packing.ts";
import { closure, packages } from "../src/repository.ts";

/** A later patch of `@mt/backend`, as a tarball. */
async function laterBackend(outside: string): Promise<{ version: string; tarball: string }> {
  const backend = packages.get("@mt/backend");
  if (!backend) throw new Error("there is no package @mt/backend");
  const [major, minor, patch] = backend.manifest.version.split(".");
  const version = `${major}.${minor}.${Number(patch) + 1}`;
  const folder = emptyFolder(outside);
  cpSync(backend.folder, folder, {
    recursive: true,
    filter: (path) => !/(?:node_modules|reports|\.turbo)$/.test(path),
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...backend.manifest, version }));
  const [tarball = ""] = Object.values(await pack([folder], join(outside, "later")));
  return { version, tarball };
}

/** A device of somebody else's, who depends on exactly that version of `@mt/backend`. */
async function strangeDevice(outside: string, backend: string): Promise<string> {
  const folder = emptyFolder(outside);
  const manifest = {
    name: "strange-device",
    version: "1.0.0",
    type: "module",
    exports: "./index.js",
    dependencies: { "@mt/backend": `file:${backend}` },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(folder, "index.js"),
    `import { getBackend, record, referenceBackend, registerBackend } from "@mt/backend";
export { BackendError } from "@mt/backend";
export const path = import.meta.resolve("@mt/backend");
export const device = record(referenceBackend({ name: "strange" }));
export const register = () => registerBackend(device);
export const latest = () => getBackend();
`,
  );
  mkdirSync(join(outside, "devices"), { recursive: true });
  const [tarball = ""] = Object.values(await pack([folder], join(outside, "devices")));
  return tarball;
}

let folder = "";
let laterVersion = "";
beforeAll(async () => {
  const outside = inject("outside");
  const { version, tarball } = await laterBackend(outside);
  const names = closure("@mt/tensor");
  const ours = Object.entries(inject("tarballs")).filter(([name]) => names.includes(name));
  folder = emptyFolder(outside);
  laterVersion = version;
  await install(folder, {
    ...Object.fromEntries(ours),
    "strange-device": await strangeDevice(outside, tarball),
  });
});

/** What a program in the folder prints, as JSON. */
async function outcome(program: string): Promise<unknown> {
  writeFileSync(join(folder, "main.js"), program);
  return JSON.parse(await execute(process.execPath, ["main.js"], folder));
}

test("two versions of @mt/backend stand in one tree", () => {
  const version = (path: string): string =>
    JSON.parse(readFileSync(join(folder, path, "node_modules/@mt/backend/package.json"), "utf8"))
      .version;
  expect(installed(folder).filter((name) => name === "@mt/backend")).toHaveLength(2);
  expect(version(".")).toBe(packages.get("@mt/backend")?.manifest.version);
  expect(version("node_modules/strange-device")).toBe(laterVersion);
});

test("a device registered through one copy runs the tensors of the other", async () => {
  const program = `
import { getBackend } from "@mt/backend";
import { tensor } from "@mt/tensor";
import { device, path, register } from "strange-device";
register();
const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
const y = x.matmul(x).relu();
y.sum().backward();
console.log(JSON.stringify({
  apart: path !== import.meta.resolve("@mt/backend"),
  same: getBackend() === device,
  value: await y.toArray(),
  slope: await x.grad.toArray(),
  busy: device.runs.length > 0,
}));`;
  expect(await outcome(program)).toEqual({
    apart: true,
    same: true,
    value: [
      [7, 10],
      [15, 22],
    ],
    slope: [
      [7, 11],
      [9, 13],
    ],
    busy: true,
  });
});

test("a device registered through the other copy is found by the first", async () => {
  const program = `
import { referenceBackend, registerBackend } from "@mt/backend";
import { latest } from "strange-device";
registerBackend(referenceBackend({ name: "ours" }));
console.log(JSON.stringify(latest().name));`;
  expect(await outcome(program)).toBe("ours");
});
