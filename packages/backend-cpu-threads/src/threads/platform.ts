/**
 * Module 3.93 — What a host of threads offers: Node through piscina, a browser through Web Workers.
 */
export interface Platform {
  /** Threads that this machine runs at once. */
  readonly cores: number;
  /** Nanoseconds since some moment. */
  now(): number;
  /** Whether this thread may sleep in `Atomics.wait`; a page's own thread may not. */
  readonly mayBlock: boolean;
  /**
   * Makes ready `count` workers for one control block. `lost` is called when one of them has ended
   * that should not have. Throws where there can be none.
   */
  hire(count: number, post: Post, lost: (reason: string) => void): Workers;
}

/** What all workers of a crew share. */
export interface Post {
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** Milliseconds without work after which a worker leaves. */
  readonly linger: number;
}

export interface Workers {
  /** Lets a worker that is away attend again. It comes even if this thread never yields. */
  call(worker: number): void;
  /** Ends all of them at once; resolves when none of them can write any more. */
  dismiss(): Promise<void>;
}
