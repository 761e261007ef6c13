/**
 * Module 0.11 — Random bits as a formula.
 *
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * https://doi.org/10.1145/2063384.2063405) scrambles a counter with a key. As element i of draw n
 * is a function of (key, i, n), random tensors are maps over an index: they fuse, they can be
 * computed twice, and they are the same on every device.
 */

import type { Expr, Operand } from "./expression.ts";
import { binary, type Operator, unary, writtenLater } from "./operator.ts";
import {
  add,
  bitOr,
  bitXor,
  cos,
  log,
  mul,
  shiftLeft,
  shiftRight,
  sqrt,
  sub,
} from "./operators.ts";
import { cast } from "./primitive.ts";

const bits = { dtype: "u32" } as const;
const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
const rotate = (x: Expr, by: number): Expr => bitOr(shiftLeft(x, by), shiftRight(x, 32 - by));

/** Both words; after every fourth round the key is added anew. */
function threefry(key0: Expr, key1: Expr, counter0: Expr, counter1: Expr): [Expr, Expr] {
  const keys = [key0, key1, bitXor(bitXor(key0, key1), 0x1bd11bda)];
  let x = add(counter0, key0);
  let y = add(counter1, key1);
  for (let round = 0; round < 20; round++) {
    x = add(x, y);
    y = bitXor(rotate(y, rotations[round % 8] as number), x);
    if (round % 4 === 3) {
      const turn = (round + 1) / 4;
      x = add(x, keys[turn % 3] as Expr);
      y = add(add(y, keys[(turn + 1) % 3] as Expr), turn);
    }
  }
  return [x, y];
}

const word =
  (which: 0 | 1) =>
  (...x: [Expr, Expr, Expr, Expr]): Operand =>
    threefry(...x)[which];

/** Word 0 of threefry2x32 for (key0, key1, counter0, counter1). */
export const randomBits: Operator<4> = writtenLater("randomBits", word(0), 4, bits);
/** Word 1 of threefry2x32 for (key0, key1, counter0, counter1). */
export const randomBits1: Operator<4> = writtenLater("randomBits1", word(1), 4, bits);

/** Random bits to a number in [0, 1): the upper 24 bits, times 2⁻²⁴, which is exact in f32. */
export const uniform: Operator<1> = unary(
  "uniform",
  (word) => mul(cast(shiftRight(word, 8), "f32"), 2 ** -24),
  bits,
);
/** Two words of random bits to one normal deviate (Box and Muller), in f32. */
export const normal: Operator<2> = binary(
  "normal",
  (word0, word1) =>
    mul(sqrt(mul(-2, log(sub(1, uniform(word0))))), cos(mul(2 * Math.PI, uniform(word1)))),
  bits,
);

/**
 * Two words of 32 random bits: the block of the key at the counter.
 * @example
 * threefry2x32(0, 0, 0, 0); // [1797259609, 2579123966]
 */
export const threefry2x32 = (
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): [number, number] => [
  randomBits(key0, key1, counter0, counter1),
  randomBits1(key0, key1, counter0, counter1),
];
