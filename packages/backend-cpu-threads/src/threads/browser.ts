/**
 * Module 3.95 — Threads in a browser: Web Workers, where the page is cross-origin isolated.
 *
 * Memory can be shared only by pages that are served with `Cross-Origin-Opener-Policy: same-origin`
 * and `Cross-Origin-Embedder-Policy: require-corp`. A page's own thread must not sleep, so it looks
 * on until the others are done; and its workers come only once it has yielded: until then it works
 * alone.
 */
import type { PageCall } from "./browser-worker.ts";
import { ended, newLife, terminated } from "./life.ts";
import type { Platform, Workers } from "./platform.ts";

/** What this file uses of a browser. */
interface WebWorker {
  onerror: ((event: { readonly message?: string }) => void) | null;
  onmessage: (() => void) | null;
  postMessage(message: PageCall): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { readonly type: "module" }) => WebWorker;
const page = globalThis as {
  readonly document?: unknown;
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
};

/** Bundlers know a worker by these very words; from source the file has another name. */
function start(): WebWorker {
  const source = new URL(import.meta.url).pathname.endsWith(".ts") && "./browser-worker.ts";
  if (source) return new Worker(new URL(source, import.meta.url), { type: "module" });
  return new Worker(new URL("./browser-worker.js", import.meta.url), { type: "module" });
}

export const browserPlatform: Platform = {
  get cores() {
    return page.navigator?.hardwareConcurrency ?? 1;
  },
  now: () => performance.now() * 1e6,
  get mayBlock() {
    return page.document === undefined;
  },
  hire(count, post, lost): Workers {
    let dismissed: Promise<unknown> | null = null;
    const report = (reason: string): void => {
      if (!dismissed) lost(reason);
    };
    const workers = Array.from({ length: count }, () => {
      const thread = start();
      const life = newLife();
      thread.onerror = ({ message }) => report(message ?? "a worker could not be started");
      thread.onmessage = () => void ended(life).then(() => report("a worker has ended"));
      return { thread, life };
    });
    return {
      call(worker) {
        const called = workers[worker];
        called?.thread.postMessage({ ...post, worker, life: called.life });
      },
      async dismiss() {
        dismissed ??= Promise.all(
          workers.map(({ thread, life }) => {
            thread.terminate();
            return terminated(life);
          }),
        );
        await dismissed;
      },
    };
  },
};
