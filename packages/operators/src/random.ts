/**
 * Module 0.12 — Seeded random numbers on the host.
 *
 * For shuffling data and drawing points: the same bits as random tensors take, counted one by one.
 * Equal seeds give equal sequences on every machine.
 */
import { notACount, notASeed } from "./errors.ts";
import { normal, randomBits, randomBits1, uniform } from "./threefry.ts";

const WORDS = 2 ** 32;

/**
 * A sequence of random numbers.
 * @throws RangeError if the seed is not a whole number from 0 to 2⁵³ − 1.
 * @example
 * new Random(1).integer(10) === new Random(1).integer(10); // true
 */
export class Random {
  readonly #key: readonly [number, number];
  #count = 0;

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw notASeed(seed);
    this.#key = [seed % WORDS, Math.floor(seed / WORDS)];
  }

  /** 32 random bits; `second` gives the other word of the block taken last. */
  #word(second = false): number {
    const word = second ? randomBits1 : randomBits;
    const at = second ? this.#count - 1 : this.#count++;
    return word(this.#key[0], this.#key[1], at % WORDS, Math.floor(at / WORDS));
  }

  /** In [0, 1), a multiple of 2⁻²⁴. */
  uniform(): number {
    return uniform(this.#word());
  }

  /**
   * A whole number from 0 to `below` − 1, each equally likely.
   * @throws RangeError if `below` is not a whole number from 1 to 2³².
   */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > WORDS) throw notACount(below);
    const whole = WORDS - (WORDS % below); // what lies above would make small results likelier
    let word = this.#word();
    while (word >= whole) word = this.#word();
    return word % below;
  }

  /** From the normal distribution of mean 0 and variance 1. */
  normal(): number {
    return normal(this.#word(), this.#word(true));
  }

  /** Brings `items` into a random order, in place, and returns them. */
  shuffle<L extends { readonly length: number; [index: number]: unknown }>(items: L): L {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const item = items[last];
      items[last] = items[other];
      items[other] = item;
    }
    return items;
  }
}
