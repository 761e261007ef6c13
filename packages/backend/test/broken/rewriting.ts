/** Ways to break a device: it compiles something else than it was given. */
import { type Call, type Expr, substitute } from "@mt/operators";
import { Decorator } from "../../src/decorate.ts";
import {
  type Backend,
  type Executable,
  type Input,
  type Kernel,
  type LoopKernel,
  type Program,
  referenceBackend,
} from "../../src/index.ts";

/** A device that does one thing wrong, and the laws (by how they begin) that have to notice. */
export type Broken = readonly [what: string, laws: readonly string[], make: () => Backend];

export const sound = (): Backend => referenceBackend({ name: "broken" });

class Rewriting extends Decorator {
  readonly #rewrite: (program: Program) => Program;
  constructor(rewrite: (program: Program) => Program) {
    super(sound());
    this.#rewrite = rewrite;
  }
  override compile(program: Program): Executable {
    return super.compile(this.#rewrite(program));
  }
}
export const onPrograms = (rewrite: (program: Program) => Program): Backend =>
  new Rewriting(rewrite);

/** Other kernels of one kind. */
export const onKernels = <K extends Kernel["kind"]>(
  kind: K,
  rewrite: (kernel: Extract<Kernel, { kind: K }>) => Kernel,
): Backend =>
  onPrograms((program) => ({
    ...program,
    kernels: program.kernels.map((kernel) =>
      kernel.kind === kind ? rewrite(kernel as Extract<Kernel, { kind: K }>) : kernel,
    ),
  }));
export const onLoops = (rewrite: (kernel: LoopKernel) => LoopKernel): Backend =>
  onKernels("loop", rewrite);
export const onInputs = (rewrite: (input: Input) => Input): Backend =>
  onLoops((kernel) => ({ ...kernel, inputs: kernel.inputs.map(rewrite) }));
/** The last axis of an outer box. */
export const lastOf = (
  shape: readonly number[],
  change: (extent: number) => number,
): readonly number[] => shape.map((n, axis) => (axis === shape.length - 1 ? change(n) : n));

/** Other formulas in loops: each call is offered to `rewrite`. */
export const onCalls = (rewrite: (x: Call) => Expr | undefined): Backend => {
  const change = (formula: Expr): Expr =>
    substitute(formula, (x) => (x.kind === "call" ? rewrite(x) : undefined));
  return onLoops((kernel) => ({
    ...kernel,
    folds: kernel.folds.map(({ monoid, body }) => ({ monoid, body: change(body) })),
    stores: kernel.stores.map((store) => ({ ...store, body: change(store.body) })),
  }));
};
