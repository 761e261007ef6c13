/**
 * The GPU, or the software that npm brings: drivers are found when a process starts, so where there is
 * none, the program begins again in a process that finds that one.
 */
import { spawn } from "node:child_process";
import { type Found, findDevice } from "../../packages/backend-webgpu/src/gpu/find.ts";

const again = "MT_BENCH_AGAIN";

/** Ends this process with what the next one ends with, if there has to be one. */
export async function findAdapter(): Promise<Found> {
  const { MT_ADAPTER: way } = process.env;
  if (process.env[again] || way === undefined)
    try {
      return await findDevice("webgpu", {});
    } catch (error) {
      if (process.env[again]) throw error;
    }
  const [{ find }, { ways }] = await Promise.all([
    import("../../tools/adapters/src/find.ts"),
    import("../../tools/adapters/src/ways.ts"),
  ]);
  const { environment } = find({ way, strict: true }, await ways());
  const env = { ...process.env, ...environment, [again]: "1" };
  const options = [...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(process.execPath, options, { stdio: "inherit", env });
  const code = await new Promise<number>((resolve) => child.on("close", (n) => resolve(n ?? 1)));
  process.exit(code);
}
