/** A formula at every place of some columns, computed by a device. */
import type { Backend, LoopKernel } from "@mt/backend";
import { runTrial } from "@mt/backend/testing";
import type { DType, Expr } from "@mt/operators";

export async function columnsOf(
  backend: Backend,
  body: Expr,
  columns: readonly { readonly dtype: DType; readonly values: ArrayLike<number> }[],
): Promise<readonly number[]> {
  const length = columns[0]?.values.length ?? 0;
  const line = { offset: 0, strides: [1] };
  const kernel: LoopKernel = {
    kind: "loop",
    outer: [length],
    inner: [],
    inputs: columns.map(({ dtype }, slot) => ({
      kind: "read",
      slot,
      dtype,
      ...line,
      guards: [],
      fill: 0,
    })),
    folds: [],
    stores: [{ slot: columns.length, dtype: body.dtype, inside: false, ...line, body }],
  };
  const [found] = await runTrial(backend, {
    kernels: [kernel],
    slots: [
      ...columns.map(
        ({ dtype, values }) => ({ role: "argument", dtype, values: Array.from(values) }) as const,
      ),
      { role: "result", dtype: body.dtype, length },
    ],
    scalars: [],
  });
  return found ?? [];
}
