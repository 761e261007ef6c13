/**
 * Module 2.19 — Random tensors.
 *
 * Element i of draw n is a function of (key, i, n): a map over an index, which fuses and can be
 * computed again. The draw counter is taken when the draw is recorded and enters as a run-time
 * number, so a thousand draws are one program.
 */
import type { Shape } from "@mt/backend";
import {
  add,
  lt,
  mul,
  normal,
  type Operator,
  randomBits,
  randomBits1,
  rem,
  ternary,
  uniform,
} from "@mt/operators";
import { Cell, liveLeaf } from "./cells.ts";
import { placed, type TensorOptions } from "./create.ts";
import { badValue, mismatch } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { cast, iota, map, numberLeaf } from "./graph/record.ts";
import type { Device } from "./run/device.ts";
import { Tensor } from "./tensor.ts";

/** A stream of draws: a key, and a counter of draws taken. */
export class Generator {
  readonly #key: readonly [Cell, Cell] = [new Cell(0), new Cell(0)];
  readonly #draws: Cell = new Cell(0);

  constructor(seed = 0) {
    this.seed(seed);
  }
  /** Begins anew. */
  seed(seed: number): void {
    this.#set(keyOf(seed), 0);
  }
  #set(key: readonly [number, number], draws: number): void {
    [this.#key[0].value, this.#key[1].value] = key;
    this.#draws.value = draws;
  }
  /** Everything needed to go on from here. */
  state(): Uint32Array {
    const [key0, key1, draws] = [...this.#key, this.#draws].map((cell) => cell.value);
    return Uint32Array.of(
      key0 as number,
      key1 as number,
      (draws as number) >>> 0,
      Math.floor((draws as number) / 2 ** 32),
    );
  }
  restore(state: Uint32Array): void {
    if (state.length !== 4)
      throw badValue(
        "restore",
        `a state has 4 words, not ${state.length}: pass what state() gave.`,
      );
    const [key0, key1, low, high] = state as unknown as [number, number, number, number];
    this.#set([key0, key1], low + high * 2 ** 32);
  }
  /** A word of random bits for every element, or two independent ones. */
  words(shape: Tensor["node"]["shape"], device: Device, operators: readonly Operator[]): Node[] {
    const word = (cell: Cell): Node => liveLeaf(() => cell.value >>> 0, "u32", device);
    const inputs = [...this.#key.map(word), iota(shape, "u32", device), word(this.#draws)];
    this.#draws.advance();
    return operators.map((operator) => map(operator, inputs));
  }
}
const keyOf = (seed: number): [number, number] => {
  if (!Number.isSafeInteger(seed)) throw badValue("seed", `${seed} is no whole number.`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
};

/** What draws come from that name no generator. */
export const defaultGenerator: Generator = new Generator();
/** Makes every later draw from the default generator repeatable. */
export const manualSeed = (seed: number): void => defaultGenerator.seed(seed);

export interface RandomOptions extends TensorOptions {
  readonly generator?: Generator;
}

/** A draw: words of random bits for every element, and what is made of them. */
export function drawn(
  operation: string,
  shape: Shape,
  options: RandomOptions,
  words: readonly Operator[],
  value: (words: Node[], device: Device) => Node,
): Tensor {
  const { device, dtype, to } = placed(operation, shape, options);
  const bits = (options.generator ?? defaultGenerator).words(to, device, words);
  const y = new Tensor(cast(value(bits, device), dtype));
  if (!options.requiresGrad) return y;
  const leaf = y.clone();
  return new Tensor(leaf.node, true);
}

/** Uniform in [low, high). */
export const rand = (
  shape: Shape,
  { low = 0, high = 1, ...options }: RandomOptions & { low?: number; high?: number } = {},
): Tensor =>
  drawn("rand", shape, options, [randomBits], ([word], device) => {
    const u = map(uniform, [word as Node]);
    if (low === 0 && high === 1) return u;
    const number = (x: number): Node => numberLeaf(x, "f32", device);
    return map(add, [map(mul, [u, number(high - low)]), number(low)]);
  });

/**
 * Normal with mean 0 and deviation 1, unless said otherwise.
 * @example
 * randn([2, 3]).shape; // [2, 3]
 */
export const randn = (
  shape: Shape,
  {
    mean = 0,
    deviation = 1,
    ...options
  }: RandomOptions & { mean?: number; deviation?: number } = {},
): Tensor =>
  drawn("randn", shape, options, [randomBits, randomBits1], (words, device) => {
    const z = map(normal, words);
    if (mean === 0 && deviation === 1) return z;
    const number = (x: number): Node => numberLeaf(x, "f32", device);
    return map(add, [map(mul, [z, number(deviation)]), number(mean)]);
  });

/**
 * True with this probability: a number, or a tensor of one for each element, which broadcasts to the
 * shape.
 * @throws TensorError for a number that is no probability.
 * @example
 * await bernoulli([3], tensor([0, 1, 0])).toArray(); // [0, 1, 0]
 */
export const bernoulli = (
  shape: Shape,
  probability: number | Tensor,
  options: RandomOptions = {},
): Tensor => {
  const given = probability instanceof Tensor;
  if (!given && !(probability >= 0 && probability <= 1))
    throw badValue("bernoulli", `${probability} is no probability: give a number from 0 to 1.`);
  const place = given ? { backend: probability.backend } : {};
  const all: RandomOptions = { dtype: "bool", ...options, ...place };
  return drawn("bernoulli", shape, all, [randomBits], ([word], device) => {
    const u = map(uniform, [word as Node]);
    const p = given ? probability.node : numberLeaf(probability, "f32", device);
    const y = map(lt, [u, p], "bernoulli");
    if (y.shape !== u.shape)
      throw mismatch("bernoulli", [p.shape.dims, shape], "the first must broadcast to the second");
    return y;
  });
};

/** Modulo 2^32, in which low may be negative. A share of span / 2^32 is drawn a little too often. */
const between: Operator<3> = ternary("between", (word, span, low) => add(rem(word, span), low), {
  dtype: "u32",
});
/**
 * Whole numbers from low up to but without high, as i32.
 * @throws TensorError unless there is one, and i32 holds all of them.
 * @example
 * await randint([2, 2], 7, 8).toArray(); // [[7, 7], [7, 7]]
 */
export const randint = (
  shape: Shape,
  low: number,
  high: number,
  options: RandomOptions = {},
): Tensor => {
  const whole = Number.isInteger(low) && Number.isInteger(high) && low < high;
  if (!whole || Math.max(-low, high, high - low) > 2 ** 31)
    throw badValue(
      "randint",
      `nothing to draw from ${low} up to but without ${high}: give whole numbers, the lower ` +
        "first, at most 2^31 apart and from 0.",
    );
  return drawn("randint", shape, { dtype: "i32", ...options }, [randomBits], ([word], device) => {
    const number = (x: number): Node => numberLeaf(x >>> 0, "u32", device);
    return cast(map(between, [word as Node, number(high - low), number(low)]), "i32");
  });
};
