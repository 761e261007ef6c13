/**
 * Where an operator may be tested: only what a formula cannot say about itself. Operators that are
 * smooth everywhere have no row.
 */
export interface Domain {
  /** Open intervals, one for each input; absent: every number. */
  readonly within?: readonly (readonly [low: number, high: number])[];
  /** Whether the function is smooth around this point (away from jumps and kinks). */
  readonly smooth?: (...x: number[]) => boolean;
  /** The share of samples that must say something about the derivative (0.5 if absent). */
  readonly informative?: number;
  /** Rounding of the value where it is tiny beside what it was made of (1 − tanh²). */
  readonly noise?: number;
  /** Units in the last place by which f32 may differ from the rounded f64 value (4 if absent). */
  readonly ulp?: number;
}

const positive = [0, 1e60] as const;
const any = [-1e60, 1e60] as const;
/** Far enough from the whole numbers. */
const between = (x: number): boolean =>
  Math.abs(x) < 10 && Math.abs(x - Math.round(x)) > Math.min(0.2, Math.abs(x) / 2);
const apart = (x: number, y: number): boolean =>
  Math.abs(x - y) > 0.3 * Math.max(Math.abs(x), Math.abs(y));
const unit = { within: [[-1, 1]] } as const;
const moderate = { within: [[-1e3, 1e3]] } as const;
const jumps: Domain = { within: [[-10, 10]], smooth: between };
const pairs: Domain = { smooth: apart };
const bent: Domain = { smooth: (x) => x !== 0 };
const remainders: Domain = {
  within: [
    [-10, 10],
    [-10, 10],
  ],
  smooth: (x, y) => between(x / y) && Math.abs(x / y) > 1e-3,
  informative: 0.1,
};

export const domains: Readonly<Record<string, Domain>> = {
  log: { within: [positive] },
  log2: { within: [positive] },
  sqrt: { within: [positive] },
  rsqrt: { within: [positive] },
  log1p: { within: [[-1, 1e60]] },
  pow: { within: [positive, [-1e3, 1e3]], informative: 0.3 },
  asin: unit,
  acos: unit,
  atanh: unit,
  erfc: { ulp: 8 },
  // e^(−x²/2) of a rounded x²: its relative error grows with the tail
  gelu: { ulp: 256 },
  geluTanh: { ulp: 128 },
  acosh: { within: [[1, 1e60]] },
  sin: moderate,
  cos: moderate,
  tan: { within: [[-1.5, 1.5]] },
  tanh: { noise: 1e-15 },
  sigmoid: { noise: 1e-15 },
  floor: jumps,
  ceil: jumps,
  trunc: jumps,
  round: { within: [[-10, 10]], smooth: (x) => between(x + 0.5) },
  maximum: pairs,
  minimum: pairs,
  eq: pairs,
  ne: pairs,
  lt: pairs,
  le: pairs,
  gt: pairs,
  ge: pairs,
  isClose: { smooth: (x, y) => Math.abs(x - y) > 1 || Math.abs(x - y) < 1e-3 },
  relu: bent,
  leakyRelu: bent,
  elu: bent,
  clamp: {
    within: [any, any, any],
    smooth: (x, low, high) => low <= high && apart(x, low) && apart(x, high),
    informative: 0.2,
  },
  rem: remainders,
  mod: remainders,
};
