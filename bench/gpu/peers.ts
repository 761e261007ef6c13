/**
 * The same products and maps by libraries that run on WebGPU as well, on our Dawn, and by PyTorch, where
 * they are installed. Each has a process of its own; results are held to ours before they are timed.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Budget } from "./clock.ts";

/** What is measured. */
export interface Plan {
  readonly sizes: readonly number[];
  /** Elements of the map. */
  readonly count: number;
  readonly budget: Budget;
}
/** Milliseconds of a product of so many rows, or of a map or copy of so many elements. */
export interface Measured {
  readonly kind: "product" | "product of f16" | "map" | "copy";
  readonly size: number;
  readonly time: number;
  /** What PyTorch runs on. */
  readonly device?: string;
}
type Show = (name: string, measured: Measured) => void;
type Line = (name: string, value: string, rest?: string) => void;

/** Longest time for all that one of them does. */
const patience = 120_000;
/** Packages by peer. */
const packages = {
  "tfjs-webgpu": ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu"],
  "jax-js": ["@jax-js/jax"],
} as const;

interface Ended {
  readonly measured: readonly Measured[];
  readonly complaint: string | null;
}
/** Runs a program that prints JSON line by line. */
function collect(command: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: patience });
  let [output, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((end) => {
    child.on("error", ({ message }) => end({ measured: [], complaint: message }));
    child.on("close", (code, signal) => {
      const lines = output.split("\n").filter((text) => text.startsWith("{"));
      const reason =
        /^\w*(?:Error|Exception)\b.*/m.exec(said)?.[0] ?? said.trim().split("\n").at(-1);
      end({
        measured: lines.map((text) => JSON.parse(text) as Measured),
        complaint: code === 0 ? null : `ended with ${signal ?? code}: ${reason}`,
      });
    });
  });
}

/** Prints what the peers among the `node_modules` of a folder take; says so where there are none. */
export async function peers(folder: string, plan: Plan, show: Show, line: Line): Promise<void> {
  const require = createRequire(join(resolve(folder), "package.json"));
  const has = (specifier: string): boolean => {
    try {
      return require.resolve(specifier) !== "";
    } catch {
      return false;
    }
  };
  for (const [name, specifiers] of Object.entries(packages)) {
    const missing = specifiers.filter((specifier) => !has(specifier));
    if (missing.length) {
      line(name, "not installed", `${missing.join(", ")} in ${folder}`);
      continue;
    }
    const script = join(import.meta.dirname, "peer.ts");
    const args = [...process.execArgv, script, name, folder, JSON.stringify(plan)];
    const { measured, complaint } = await collect(process.execPath, args);
    for (const one of measured) show(name, one);
    if (complaint !== null) line(name, "does not run", complaint);
  }
}

const torch = `
import json, sys, time
import torch
plan = json.loads(sys.argv[1])
torch.backends.cuda.matmul.allow_tf32 = False
cuda = torch.cuda.is_available()
device = "cuda" if cuda else "cpu"
name = torch.cuda.get_device_name() if cuda else "CPU"
def wait():
    if cuda: torch.cuda.synchronize()
def measure(kind, size, f):
    f(); wait()
    start = time.perf_counter(); f(); wait()
    once = time.perf_counter() - start
    runs = max(1, min(1000, round(plan["budget"]["milliseconds"] / 1e3 / once)))
    start = time.perf_counter()
    for _ in range(runs): f()
    wait()
    taken = 1e3 * (time.perf_counter() - start) / runs
    print(json.dumps({"kind": kind, "size": size, "time": taken, "device": name}))
for kind, dtype in (("product", torch.float32), ("product of f16", torch.float16)):
    for n in plan["sizes"]:
        if dtype == torch.float16 and not cuda: continue
        x = torch.rand(n, n, device=device, dtype=dtype)
        measure(kind, n, lambda: x @ x)
x = torch.rand(plan["count"], device=device)
y = torch.empty_like(x)
measure("copy", plan["count"], lambda: y.copy_(x))
`;
/** The same products by PyTorch of some Python. */
export async function native(python: string, plan: Plan, show: Show, line: Line): Promise<void> {
  const { measured, complaint } = await collect(python, ["-c", torch, JSON.stringify(plan)]);
  for (const one of measured) show(`PyTorch, ${one.device}`, one);
  if (complaint !== null) line("PyTorch", "not installed", complaint);
}
