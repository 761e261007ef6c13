/**
 * The main job, twice with one seed: the same accuracy and the same parameters, in time.
 * `npm run bench demo -- --seed 1`
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

interface Result {
  readonly backend: string;
  readonly accuracy: number;
  readonly seconds: number;
  readonly sha256: string;
}
const example = join(import.meta.dirname, "../examples/mnist/src/main.ts");
function run(): Result {
  const flags = ["--conditions=@mt/source", example, "--json", ...process.argv.slice(2)];
  const lines = execFileSync(process.execPath, flags, { encoding: "utf8" }).trim().split("\n");
  console.log(lines.at(-1));
  return JSON.parse(lines.at(-1) as string) as Result;
}
const [first, second] = [run(), run()];
const same = first.sha256 === second.sha256 && first.accuracy === second.accuracy;
console.log(
  `accuracy ${(100 * first.accuracy).toFixed(2)} % (target ≥ 98.3), ` +
    `${first.seconds.toFixed(1)} and ${second.seconds.toFixed(1)} s (target ≤ 60), ` +
    `${same ? "the same parameters both times" : "DIFFERENT parameters"}`,
);
process.exitCode = same && first.accuracy >= 0.983 ? 0 : 1;
