/**
 * Module 3.94 — Threads in Node: a pool of piscina's.
 *
 * A task for every kernel would cost 20 µs each and an event loop; instead a thread is given one
 * task per period of work, `attend`, in which it follows shared memory. Piscina is loaded when the
 * first workers are needed, and not by `import()`: a long synchronous loop would never see it come.
 * For the same reason threads are picked by position and not by what piscina believes of them: it
 * hears that a task has ended only when this thread yields.
 */
import type { Piscina } from "piscina";
import type { Platform, Workers } from "./platform.ts";

/** Asked for when needed and not imported, so that a page can load this file. */
const builtin = globalThis.process?.getBuiltinModule;
const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";

/** Threads that run the default export of `workerFile`. */
export const piscinaPlatform = (workerFile: URL): Platform => ({
  get cores() {
    return builtin("node:os").availableParallelism();
  },
  mayBlock: true,
  hire(count, post, lost): Workers {
    const load = builtin("node:module").createRequire(import.meta.url);
    const piscina = load("piscina") as { Piscina: typeof Piscina };
    let wanted = 0;
    const pool = new piscina.Piscina({
      filename: workerFile.href,
      minThreads: count,
      maxThreads: count,
      idleTimeout: Number.POSITIVE_INFINITY,
      execArgv: [], // a program's own --import or --input-type is not for these threads
      loadBalancer: (_task, workers) => workers[wanted] ?? null,
    });
    let dismissed: Promise<void> | null = null;
    const report = (error: Error): void => {
      if (!dismissed) lost(error.message);
    };
    pool.on("error", report);
    return {
      call(worker) {
        wanted = worker;
        pool.run({ ...post, worker }).catch(report);
      },
      dismiss() {
        dismissed ??= pool.destroy();
        return dismissed;
      },
    };
  },
});
export const nodePlatform: Platform = /* @__PURE__ */ piscinaPlatform(
  /* @__PURE__ */ new URL(file, import.meta.url),
);
