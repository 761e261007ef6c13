/**
 * Module 2 — Random sessions: computing, differentiating, assigning, reading and realizing in any
 * order gives what eager mode gives; a value may only be gone after two assignments of one tensor.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { eager, noGrad, realize, type Tensor, TensorError, tensor } from "../src/index.ts";
import { programs } from "./programs.ts";
import { Choices, type Step } from "./values.ts";

interface Kept {
  /** null: it could not be made any more. */
  readonly x: Tensor | null;
  /** How often each state had been assigned when the oldest part of it was made. */
  readonly since: readonly number[];
}
/** What a read gave; or that the value had expired, and whether it may have. */
type Seen = readonly number[] | { readonly mayBeGone: boolean };

/** Three states, of which two are parameters; `large` ones live on the device. */
class Session {
  readonly seen: Seen[] = [];
  readonly #states: readonly Tensor[];
  readonly #assigned = [0, 0, 0];
  readonly #kept: Kept[] = [];

  constructor(large: boolean) {
    const shape = large ? [40, 30] : [2, 3];
    const size = large ? 1200 : 6;
    this.#states = [1, 2, 3].map((k) =>
      tensor(
        Float32Array.from({ length: size }, (_, i) => Math.sin(i * k + k)),
        {
          shape,
          requiresGrad: k < 3,
        },
      ),
    );
  }

  #any(c: Choices): Kept {
    const i = c.below(this.#kept.length + 3);
    const state = this.#states[i];
    return state ? { x: state, since: [...this.#assigned] } : (this.#kept[i - 3] as Kept);
  }
  /** Keeps what `make` gives; a value of gone values is gone. */
  #keep(parts: readonly Kept[], make: (x: readonly Tensor[]) => Tensor): Kept {
    const since = this.#assigned.map((n, k) =>
      Math.min(n, ...parts.map((part) => part.since[k] as number)),
    );
    const tensors = parts.map(({ x }) => x);
    let x: Tensor | null = null;
    if (!tensors.includes(null))
      try {
        x = make(tensors as Tensor[]);
      } catch (error) {
        this.#expired(error, since);
      }
    const kept = { x, since };
    this.#kept.push(kept);
    return kept;
  }
  #mayBeGone(since: readonly number[]): boolean {
    return this.#assigned.some((n, k) => n - (since[k] as number) >= 2);
  }
  #expired(error: unknown, since: readonly number[]): Seen {
    if (!(error instanceof TensorError && error.code === "expired")) throw error;
    expect(this.#mayBeGone(since)).toBe(true);
    return { mayBeGone: true };
  }
  #assign(k: number, value: Tensor): void {
    noGrad(() => this.#states[k]?.assign(value));
    this.#assigned[k] = (this.#assigned[k] as number) + 1;
  }

  readonly #commands: readonly ((c: Choices) => void)[] = [
    (c) => {
      const way = c.pick(["add", "mul", "sub", "maximum"] as const);
      this.#keep([this.#any(c), this.#any(c)], ([a, b]) => (a as Tensor)[way](b as Tensor).tanh());
    },
    (c) => {
      const way = c.below(4);
      this.#keep([this.#any(c)], ([x]) => {
        const y = x as Tensor;
        if (way === 0) return y.detach();
        if (way === 1) return y.softmax(1);
        return way === 2 ? y.flip(0) : y.sum(1, { keepDims: true }).add(y);
      });
    },
    // a loss of its own, so that no graph is differentiated twice
    (c) => {
      const [a, b, s] = this.#states as [Tensor, Tensor, Tensor];
      const hidden = a.mul(c.below(3) + 0.5).add(s.mul(b));
      const loss = hidden.sigmoid().mul(b).mean();
      loss.backward();
      const since = [...this.#assigned];
      this.#kept.push({ x: hidden.detach(), since }, { x: loss.reshape(1, 1), since });
    },
    (c) => {
      const rate = c.pick([0.1, 0.5]);
      this.#states.forEach((p, k) => {
        if (!p.grad) return;
        this.#assign(k, p.sub(p.grad.mul(rate)));
        p.grad = null;
      });
      if (c.once(2)) realize();
    },
    () => {
      const [a, , s] = this.#states as [Tensor, Tensor, Tensor];
      this.#assign(2, s.mul(0.9).add(a.detach().mul(0.1)));
    },
    () => realize(),
    (c) => this.#read(this.#any(c)),
    (c) => this.#read(this.#any(c)),
    (c) => {
      const kept = this.#keep([this.#any(c)], ([x]) => (x as Tensor).clone());
      // a clone was computed: it stays
      if (kept.x) this.#kept[this.#kept.length - 1] = { x: kept.x, since: [1e9, 1e9, 1e9] };
    },
  ];

  #read({ x, since }: Kept): void {
    if (!x) this.seen.push({ mayBeGone: true });
    else
      try {
        this.seen.push([...x.dataSync()]);
      } catch (error) {
        this.seen.push(this.#expired(error, since));
      }
  }

  run(steps: readonly Step[]): readonly Seen[] {
    for (const step of steps) {
      const c = new Choices(step);
      c.pick(this.#commands)(c);
    }
    for (const x of this.#states) this.seen.push([...x.dataSync()]);
    return this.seen;
  }
}

test.each([
  ["small", 300],
  ["large", 60],
] as const)("%s values", { timeout: 60_000 }, (scale, numRuns) => {
  fc.assert(
    fc.property(programs(30), (steps: readonly Step[]) => {
      const lazily = new Session(scale === "large").run(steps);
      const eagerly = eager(() => new Session(scale === "large").run(steps));
      expect(lazily).toHaveLength(eagerly.length);
      lazily.forEach((found, i) => {
        if (Array.isArray(found)) expect(found).toEqual(eagerly[i]);
      });
    }),
    { numRuns, seed: 20_261_122 },
  );
});
