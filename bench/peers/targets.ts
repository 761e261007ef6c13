/**
 * What the peers' runs say of the targets: our time ÷ theirs, run by run.
 *
 * `node bench/peers/targets.ts RUN RUN RUN`, each RUN the runner's files of one run, joined by commas:
 * prints a table. A figure is the worst of its workloads; it is met if it is in every run.
 */
import { readFileSync } from "node:fs";

type Rival = "js" | "torch";
interface Figure {
  readonly name: string;
  readonly workloads: readonly string[];
  readonly threads: 1 | 2;
  readonly rival: Rival;
  readonly target: number;
  /** With 256-bit vectors. */
  readonly wide?: number;
}
const figure = (
  name: string,
  rival: Rival,
  target: number,
  wide?: number,
  workloads = [name],
  threads: 1 | 2 = 1,
): Figure => ({ name, workloads, threads, rival, target, ...(wide === undefined ? {} : { wide }) });

const figures: readonly Figure[] = [
  figure("matmul_256", "js", 0.72, 0.42),
  figure("matmul_512", "js", 0.67, 0.42),
  figure("matmul_1024", "js", 0.67, 0.42),
  figure("matmul_512, 2 threads", "js", 0.7, 0.45, ["matmul_512"], 2),
  figure("matmul_1024, 2 threads", "js", 0.7, 0.45, ["matmul_1024"], 2),
  figure("matmul_64", "js", 0.9, 0.7),
  figure("matmul_128", "js", 0.75, 0.55),
  figure("bmm_32x128", "js", 0.6, 0.45),
  figure("relu_fma_1m", "js", 0.95),
  figure("relu_fma_16m", "js", 1.1),
  figure("bcast_add_4096", "js", 1.1),
  figure("explogsig_1m", "torch", 1, 0.7),
  figure("sum_all_4096", "torch", 1.2, 1),
  figure("sum_last_4096", "torch", 1.2, 1),
  figure("sum_first_4096", "torch", 1.2, 1),
  figure("logsumexp_1024", "torch", 1.4, 1),
  figure("softmax_1024", "torch", 1.4, 1),
  figure("conv_fwd_32x64_32", "js", 0.65, 0.4),
  figure("conv_fwd_1x4_28", "torch", 1, 0.4),
  figure("conv_bwd_32x64_32", "torch", 1.5, 1),
  figure("train_mt_mlp", "torch", 0.6),
  figure("train_cnn", "torch", 0.8),
  figure("train_mnist_mlp", "torch", 1.5, 1),
  figure("train_transformer", "torch", 1.5, 1),
];

/** Milliseconds by workload, then by peer. */
type Run = ReadonlyMap<string, ReadonlyMap<string, number>>;
function read(files: string): Run {
  const run = new Map<string, Map<string, number>>();
  for (const file of files.split(","))
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
      const row = JSON.parse(line);
      if (row.event !== "result") continue;
      const known = run.get(row.workload) ?? new Map<string, number>();
      run.set(row.workload, known.set(row.peer, row.median_ms));
    }
  return run;
}
const runs = process.argv.slice(2).map(read);

function ratio(run: Run, ours: string, { workloads, threads, rival }: Figure): number {
  const each = workloads.map((workload) => {
    const times = run.get(workload) ?? new Map<string, number>();
    const rivals = [...times].filter(([peer]) =>
      rival === "torch"
        ? peer === `pytorch@${threads}`
        : /^(jax-js|tfjs-wasm|ort-web)@/.test(peer) && peer.endsWith(`@${threads}`),
    );
    return (times.get(`${ours}@${threads}`) ?? Number.NaN) / Math.min(...rivals.map(([, x]) => x));
  });
  return Math.max(...each);
}
function cell(one: Figure, ours: string, target: number | undefined): string {
  if (target === undefined) return "–";
  const found = runs.map((run) => ratio(run, ours, one)).filter(Number.isFinite);
  const met = found.length > 0 && found.every((x) => x <= target);
  return `${found.map((x) => x.toFixed(2)).join(" · ")} (${target}) ${met ? "met" : "missed"}`;
}

const rows = figures.map((one) => [one, cell(one, "mt", one.target)] as const);
console.log("| | against | default | 256-bit |\n|---|---|---|---|");
for (const [one, shown] of rows)
  console.log(
    `| ${one.name} | ${one.rival === "js" ? "best JS" : "PyTorch"} | ${shown} | ${cell(one, "mt256", one.wide)} |`,
  );
const met = rows.filter(([, shown]) => shown.endsWith(" met")).length;
console.log(`\n${met} of ${rows.length} of the default column met in every run.`);
const chain = runs.map((run) => run.get("chain_add_1000")?.get("mt@1")?.toFixed(2));
console.log(`1 000 dependent adds: ${chain.join(" · ")} ms (1).`);
