/**
 * Which kernels a call becomes: run on devices that keep a record.
 *
 * `own` has every kernel of the kernel language; `bare` only those that a device must have. A chain
 * adds 1 to each operand before and to each result after: what an operation costs where it can fuse.
 */
import { type Backend, type Kernel, record, referenceBackend, registerBackend } from "@mt/backend";
import * as library from "@mt/tensor";
import { realize, Tensor, vjp } from "@mt/tensor";
import { operandsOn } from "./operands.ts";

function bareBackend(): Backend {
  const backend = referenceBackend();
  const claims = (kernel: Kernel): boolean => kernel.kind === "loop" || kernel.kind === "scatter";
  return Object.defineProperty(backend, "claims", { value: claims });
}
export const devices = { own: record(referenceBackend()), bare: record(bareBackend()) };

export interface Measured {
  /** `f32 [4]` of each result. */
  readonly results: readonly string[];
  readonly alone: readonly Kernel[];
  readonly bare: readonly Kernel[];
  readonly chained: readonly Kernel[];
  /** Null where no result has a derivative. */
  readonly backward: readonly Kernel[] | null;
}

export type Named = Readonly<Record<string, Tensor>>;
export type Run = (operands: Named) => readonly Tensor[];

/** Evaluates `call` with the library's exports and the operands in scope. */
export function programOf(call: string): Run {
  const names = Object.keys(library);
  return (operands) => {
    const scope = [...names, ...Object.keys(operands)];
    const f = new Function(...scope, `"use strict"; return (${call});`);
    const result: unknown = f(...Object.values(library), ...Object.values(operands));
    if (result instanceof Tensor) return [result];
    return Object.values(result as object).filter((x) => x instanceof Tensor);
  };
}

/** The kernels that `f` makes the device run. */
function during(device: (typeof devices)["own"], f: () => readonly Tensor[]): readonly Kernel[] {
  registerBackend(device); // for what is made of nothing
  realize();
  device.clear();
  realize(...f());
  return device.kernels;
}
const mapped = (operands: Named, f: (x: Tensor) => Tensor): Named =>
  Object.fromEntries(Object.entries(operands).map(([name, x]) => [name, f(x)]));

/** The operands that a call names. */
export const usedBy = (call: string, operands: Named): Named =>
  Object.fromEntries(
    Object.entries(operands).filter(([name]) => new RegExp(`\\b${name}\\b`).test(call)),
  );

export function measure(call: string): Measured {
  const run = programOf(call);
  const { floats, others } = operandsOn(devices.own);
  const bare = operandsOn(devices.bare);
  const used = usedBy(call, floats);
  let results: readonly Tensor[] = [];
  const alone = during(devices.own, () => {
    results = run({ ...floats, ...others });
    return results;
  });
  return {
    results: results.map((y) => `${y.dtype} [${y.shape.join(", ")}]`),
    alone,
    bare: during(devices.bare, () => run({ ...bare.floats, ...bare.others })),
    chained: during(devices.own, () => {
      const before = mapped(used, (x) => x.add(1));
      for (const x of Object.values(before)) x.node.consumed = true; // some want its shape alone
      return run({ ...before, ...others }).map((y) => y.add(1));
    }),
    backward: backwardOf(run, used, others),
  };
}

/** The kernels of the gradient by these operands, for given cotangents of all results. */
function backwardOf(run: Run, by: Named, others: Named): readonly Kernel[] | null {
  const tracked = mapped(by, (x) => new Tensor(x.node, true));
  const places = run({ ...tracked, ...others }).flatMap((y, k) => (y.requiresGrad ? [k] : []));
  if (places.length === 0) return null;
  const leaves = mapped(by, (x) => x.detach());
  return during(devices.own, () =>
    places
      .map((k) => pulledBack(run, leaves, others, k))
      .reduce((all, more) => all.map((dx, i) => dx.add(more[i] as Tensor))),
  );
}

/** The cotangents of the operands that one of result k leads to. */
function pulledBack(run: Run, by: Named, others: Named, k: number): readonly Tensor[] {
  let results: readonly Tensor[] = [];
  const { pullback } = vjp((x: Named) => {
    results = run({ ...x, ...others });
    return results[k] as Tensor;
  }, by);
  for (const y of results) y.node.consumed = true; // nobody asks for the values themselves
  const { shape, dtype, backend, size } = results[k] as Tensor;
  const dy = library.tensor(new Float32Array(size).fill(0.5), { shape, dtype, backend });
  return Object.values(pullback(dy));
}

/** `argsort, 2 loops` */
export function kernelNames(kernels: readonly Kernel[]): string {
  const runs: { kind: string; count: number }[] = [];
  for (const { kind } of kernels) {
    const last = runs.at(-1);
    if (last?.kind === kind) last.count++;
    else runs.push({ kind, count: 1 });
  }
  const plural = (kind: string): string => (kind.endsWith("x") ? `${kind}es` : `${kind}s`);
  return (
    runs.map(({ kind, count }) => (count === 1 ? kind : `${count} ${plural(kind)}`)).join(", ") ||
    "none"
  );
}
