/**
 * How long until something happens: the costs that come before speed.
 *
 * From the built packages (`npm run build` first), each time a process of its own, medians of ten:
 * from the start of Node to a printed product (target 70 ms), beside Node with nothing to do; the
 * first training step of a convolutional network, which is recorded, generated, compiled and run
 * (target 60 ms); 1 000 dependent sums of 2×2, recorded, run and read, when that is warm (target
 * 1 ms). What a page loads is for `sizes` to say.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";

const product = `
import { cpuThreads } from "@mt/backend-cpu-threads";
import { tensor } from "@mt/tensor";
const x = tensor([[1, 2], [3, 4]], { backend: cpuThreads() });
console.log(JSON.stringify(await x.matmul(x).toArray()));
`;

// As JavaScript, which is what users run: to strip types Node loads 4 MB and compiles them beside us.
const { code: steps } = transformSync(
  readFileSync(`${import.meta.dirname}/first-step/steps.ts`, "utf8"),
  { loader: "ts" },
);

const { NODE_OPTIONS: _, ...env } = process.env;
function run(...words: readonly string[]): { readonly output: string; readonly time: number } {
  const start = performance.now();
  const output = execFileSync(process.execPath, words, {
    cwd: import.meta.dirname,
    encoding: "utf8",
    env,
  });
  return { output: output.trim(), time: performance.now() - start };
}
const script = (text: string): readonly string[] => ["--input-type=module", "--eval", text];
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[5] as number;
const ms = (time: number): string => `${time.toFixed(time < 10 ? 2 : 0)} ms`;

const times = { bare: [], product: [], network: [], again: [], chain: [] } as Record<
  "bare" | "product" | "network" | "again" | "chain",
  number[]
>;
for (let round = 0; round < 10; round++) {
  times.bare.push(run(...script("")).time);
  const { output, time } = run(...script(product));
  if (output !== "[[7,10],[15,22]]") throw new Error(`the product is ${output}`);
  times.product.push(time);
  const taken = JSON.parse(run(...script(steps)).output) as {
    [K in "network" | "again" | "chain"]: number;
  };
  for (const kind of ["network", "again", "chain"] as const) times[kind].push(taken[kind]);
}
const results = [
  { what: "Node to a printed product", found: median(times.product), target: 70 },
  { what: "a network's first step", found: median(times.network), target: 60 },
  { what: "1 000 dependent sums", found: median(times.chain), target: 1 },
];
console.log(`Node alone: ${ms(median(times.bare))}`);
for (const { what, found, target } of results)
  console.log(`${what}: ${ms(found)}   target ${target}${found > target ? ", MISSED" : ""}`);
console.log(`the network's tenth step: ${ms(median(times.again))}`);
if (results.some(({ found, target }) => found > target)) process.exitCode = 1;
