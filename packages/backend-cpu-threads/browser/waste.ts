/** Steps that leave large results to nobody, half as much again as the device may hold. */
import { type Backend, poolOf } from "@mt/backend";
import { realize, type Tensor, tensor } from "@mt/tensor";

export interface Waste {
  /** Bytes that the device may hold. */
  readonly budget: number;
  /** Bytes of what a step leaves. */
  readonly each: number;
}

/** The largest part of its budget that the device has held, when `wait` is given the loss of each step. */
export async function waste(
  backend: Backend,
  { budget, each }: Waste,
  wait: (loss: Tensor, left: Tensor) => Promise<unknown>,
): Promise<number> {
  const pool = poolOf(backend);
  pool.budget = budget;
  const x = tensor(new Float32Array(each / 4).fill(1), { backend });
  for (let k = 0; k < (1.5 * budget) / each; k++) {
    const loss = tensor([k], { backend }).mul(2).sum();
    const left = x.mul(k);
    realize(left, loss);
    await wait(loss, left);
  }
  return pool.peak / budget;
}
