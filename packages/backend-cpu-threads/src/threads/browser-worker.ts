/** Module 3.96 — The file that a browser runs in each Web Worker. */
import { attend, type Call } from "./attend.ts";
import { live } from "./life.ts";

/** A call, with the name of the lock that this thread holds as long as it lives. */
export interface PageCall extends Call {
  readonly life: string;
}

const scope = globalThis as {
  onmessage?: unknown;
  postMessage?: (message: unknown) => void;
};

let living: Promise<boolean> | undefined;
scope.onmessage = async ({ data }: { readonly data: PageCall }) => {
  if (!living) {
    living = live(data.life);
    if (await living) scope.postMessage?.("alive"); // the page waits for the lock from now on
  }
  await living;
  attend(data);
};
