/**
 * `npm run bench NAME` runs `bench/NAME.ts` in a process of its own and keeps what it prints in
 * `bench/results/NAME.txt`, under a description of the machine: a number without its machine is
 * none. Without a name it lists the benchmarks.
 */
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { basename } from "node:path";

const folder = import.meta.dirname;
const runner = basename(import.meta.filename);

function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, ${memory} GiB`,
    `${platform()} ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
  ].join("\n");
}

/** Runs one benchmark, shows and collects its output, and resolves to its exit code. */
function bench(name: string, flags: readonly string[]): Promise<number> {
  const options = ["--conditions=@mt/source", "--expose-gc", `${folder}/${name}.ts`, ...flags];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  let output = `npm run bench ${[name, ...flags].join(" ")}\n${machine()}\n\n`;
  process.stdout.write(output);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve) => {
    child.on("close", (code) => {
      mkdirSync(`${folder}/results`, { recursive: true });
      if (code === 0) writeFileSync(`${folder}/results/${name}.txt`, output);
      resolve(code ?? 1);
    });
  });
}

const [name, ...flags] = process.argv.slice(2);
if (name !== undefined && existsSync(`${folder}/${name}.ts`)) {
  process.exitCode = await bench(name, flags);
} else {
  const names = globSync("*.ts", { cwd: folder }).filter((file) => file !== runner);
  console.error(name === undefined ? "Usage: npm run bench NAME" : `There is no bench/${name}.ts.`);
  console.error(`Benchmarks: ${names.map((file) => basename(file, ".ts")).join(", ") || "none"}.`);
  process.exitCode = 1;
}
