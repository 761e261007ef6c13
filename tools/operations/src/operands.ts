/** The operands of the examples: small, and made anew on the device that is measured. */
import type { Backend } from "@mt/backend";
import { type Tensor, tensor } from "@mt/tensor";

const shapes = {
  x: [4, 6],
  y: [4, 6],
  z: [4, 6],
  v: [6],
  w: [6, 3],
  sequence: [1, 2, 8],
  taps: [3, 2, 3],
  image: [1, 2, 8, 8],
  kernel: [3, 2, 3, 3],
} as const;

/** The same for readers. */
export const operandTable: readonly (readonly [names: string, what: string])[] = [
  ["x, y, z", "f32 [4, 6]"],
  ["v", "f32 [6]"],
  ["w", "f32 [6, 3]"],
  ["sequence, taps", "f32 [1, 2, 8], [3, 2, 3]"],
  ["image, kernel", "f32 [1, 2, 8, 8], [3, 2, 3, 3]"],
  ["i, j", "positions: i32 [3], [4, 2]"],
  ["m", "bool [4, 6]"],
];

export interface Operands {
  /** Those that gradients are taken by. */
  readonly floats: Readonly<Record<string, Tensor>>;
  readonly others: Readonly<Record<string, Tensor>>;
}

/** Numbers between 0.05 and 0.95, no two of them equal; other ones for another seed. */
export function operandsOn(backend: Backend, dtype: "f32" | "f64" = "f32", seed = 0): Operands {
  let count = 1000 * seed;
  const next = (): number => 0.05 + 0.9 * ((++count * 0.6180339887498949) % 1);
  const floats = Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce<number>((n, s) => n * s, 1);
    const data = Float64Array.from({ length: size }, next);
    return [name, tensor(data, { shape, dtype, backend })];
  });
  const whole = (data: readonly number[], shape: readonly number[]): Tensor =>
    tensor(data, { shape, dtype: "i32", backend });
  return {
    floats: Object.fromEntries(floats),
    others: {
      i: whole([2, 0, 3], [3]),
      j: whole([5, 0, 1, 2, 3, 4, 0, 3], [4, 2]),
      m: tensor(
        Array.from({ length: 24 }, (_, k) => k % 3),
        { shape: [4, 6], dtype: "bool", backend },
      ),
    },
  };
}
