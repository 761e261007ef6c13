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
export const builtin: typeof process.getBuiltinModule | undefined =
  globalThis.process?.getBuiltinModule;

/** Threads that run the default export of a file: that of this package, if no other is named. */
export const piscinaPlatform = (workerFile?: URL): Platform => ({
  get cores() {
    return builtin("node:os").availableParallelism();
  },
  /** Not by `performance`: for that Node loads another eleven modules. */
  now: () => Number(process.hrtime.bigint()),
  mayBlock: true,
  hire(count, post, lost): Workers {
    const here = import.meta.url;
    const load = builtin("node:module").createRequire(here);
    const piscina = load("piscina") as { Piscina: typeof Piscina };
    let wanted = 0;
    const pool = new piscina.Piscina({
      filename: (workerFile ?? new URL(`./worker${here.slice(-3)}`, here)).href, // .ts or .js
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
export const nodePlatform: Platform = /* @__PURE__ */ piscinaPlatform();
