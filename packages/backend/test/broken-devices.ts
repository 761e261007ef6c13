/**
 * Devices that each do one thing wrong, as a hurried author might. The conformance suite has to
 * tell every one of them from a sound one.
 */
import { call, cast, constant, type Expr, isFloat, substitute } from "@mt/operators";
import { Decorator } from "../src/decorate.ts";
import type {
  Backend,
  Buffer,
  Executable,
  Input,
  Kernel,
  LoopKernel,
  Program,
  ScatterKernel,
} from "../src/index.ts";
import { referenceBackend } from "../src/index.ts";

/** Compiles other kernels than it was given. */
class Rewriting extends Decorator {
  readonly #rewrite: (kernel: Kernel) => Kernel;
  constructor(rewrite: (kernel: Kernel) => Kernel) {
    super(referenceBackend({ name: "broken" }));
    this.#rewrite = rewrite;
  }
  override compile(program: Program): Executable {
    return super.compile({ ...program, kernels: program.kernels.map(this.#rewrite) });
  }
}
const onLoops = (rewrite: (kernel: LoopKernel) => LoopKernel): Backend =>
  new Rewriting((kernel) => (kernel.kind === "loop" ? rewrite(kernel) : kernel));
const onScatters = (rewrite: (kernel: ScatterKernel) => ScatterKernel): Backend =>
  new Rewriting((kernel) => (kernel.kind === "scatter" ? rewrite(kernel) : kernel));
const onInputs = (rewrite: (input: Input) => Input): Backend =>
  onLoops((kernel) => ({ ...kernel, inputs: kernel.inputs.map(rewrite) }));
const onFormulas = (rewrite: (x: Expr) => Expr | undefined): Backend => {
  const change = (formula: Expr): Expr => substitute(formula, rewrite);
  return onLoops((kernel) => ({
    ...kernel,
    folds: kernel.folds.map(({ monoid, body }) => ({ monoid, body: change(body) })),
    stores: kernel.stores.map((store) => ({ ...store, body: change(store.body) })),
  }));
};

/** Forgets to refuse a second free. */
class ForgivingDevice extends Decorator {
  override free(buffer: Buffer): void {
    try {
      super.free(buffer);
    } catch {
      // as if nothing had happened
    }
  }
}
/** Reads the numbers of the first run at every run. */
class FrozenDevice extends Decorator {
  override compile(program: Program): Executable {
    const executable = super.compile(program);
    let first: Float64Array | undefined;
    return {
      run: (buffers, scalars) => {
        first ??= scalars.slice();
        executable.run(buffers, scalars.length < first.length ? scalars : first);
      },
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  }
}
/** Puts all temporaries at the start of their arena. */
class OverlappingDevice extends Decorator {
  override compile(program: Program): Executable {
    const slots = program.slots.map((slot) =>
      slot.role === "temporary" ? { ...slot, offset: 0 } : slot,
    );
    return super.compile({ ...program, slots });
  }
}
/** Lends its memory out instead of a copy. */
class SharingDevice extends Decorator {
  readonly #lent = new Map<number, Uint8Array>();
  override async read(buffer: Buffer): Promise<Uint8Array> {
    const bytes = await super.read(buffer);
    const lent = this.#lent.get(buffer.block);
    if (lent?.length === bytes.length) return lent;
    this.#lent.set(buffer.block, bytes);
    return bytes;
  }
}
/** Runs a program's kernels last first. */
class BackwardDevice extends Decorator {
  override compile(program: Program): Executable {
    return super.compile({ ...program, kernels: program.kernels.toReversed() });
  }
}

const inner = (): Backend => referenceBackend({ name: "broken" });

/** What is wrong, the chapter that has to notice, and the device. */
export const brokenDevices: readonly (readonly [
  what: string,
  chapter: string,
  make: () => Backend,
])[] = [
  [
    "a guard lets one element too many in",
    "accesses",
    () =>
      onInputs((input) =>
        input.kind === "read" && input.guards.length
          ? { ...input, guards: input.guards.map((g) => ({ ...g, extent: g.extent + 1 })) }
          : input,
      ),
  ],
  [
    "the fill is always zero",
    "accesses",
    () => onInputs((input) => (input.kind === "read" ? { ...input, fill: 0 } : input)),
  ],
  [
    "an indirect position is not checked",
    "accesses",
    () =>
      onInputs((input) =>
        input.kind === "read" && input.indirect
          ? { ...input, indirect: { ...input.indirect, extent: 2 ** 30 } }
          : input,
      ),
  ],
  [
    "a fold over nothing is zero",
    "folds",
    () =>
      onLoops((kernel) =>
        kernel.inner.includes(0)
          ? {
              ...kernel,
              folds: kernel.folds.map((fold) => ({
                ...fold,
                monoid: { ...fold.monoid, identity: 0 },
              })),
            }
          : kernel,
      ),
  ],
  [
    "the last elements after a multiple of four are left out",
    "accesses",
    () =>
      onLoops((kernel) => ({
        ...kernel,
        outer: kernel.outer.map((n, i) =>
          i === kernel.outer.length - 1 && n > 16 ? n - (n % 4) : n,
        ),
      })),
  ],
  [
    "only the first store is made",
    "accesses",
    () => onLoops((kernel) => ({ ...kernel, stores: kernel.stores.slice(0, 1) })),
  ],
  [
    "a later fold sees the identity of the one before it",
    "folds",
    () =>
      onLoops((kernel) => {
        const [first, ...rest] = kernel.folds;
        if (!first) return kernel;
        const { dtype } = first.body;
        const known = constant(first.monoid.identity, dtype);
        const forget = (x: Expr): Expr =>
          substitute(x, (y) =>
            y.kind === "arg" && y.index === kernel.inputs.length ? known : undefined,
          );
        return {
          ...kernel,
          folds: [first, ...rest.map((fold) => ({ ...fold, body: forget(fold.body) }))],
        };
      }),
  ],
  [
    "negative strides are taken as positive",
    "accesses",
    () =>
      onInputs((input) =>
        input.kind === "index" ? { ...input, strides: input.strides.map(Math.abs) } : input,
      ),
  ],
  [
    "maximum forgets NaN",
    "numbers",
    () =>
      onFormulas((x) => {
        if (x.kind !== "call" || x.primitive !== "max") return undefined;
        const [a, b] = x.args as [Expr, Expr];
        return call("where", call("lt", a, b), b, a);
      }),
  ],
  [
    "floats become integers by rounding",
    "numbers",
    () =>
      onFormulas((x) => {
        const from = x.kind === "call" && x.primitive === "cast" ? x.args[0] : undefined;
        return from && isFloat(from.dtype) && !isFloat(x.dtype) && x.dtype !== "bool"
          ? cast(call("round", from), x.dtype)
          : undefined;
      }),
  ],
  [
    "the first update of a place wins",
    "scatter",
    () =>
      onScatters((kernel) => {
        const { monoid, value } = kernel;
        if (monoid !== "set") return kernel;
        return {
          ...kernel,
          inner: kernel.inner.map((n, axis) => (axis ? n : Math.min(n, 1))),
          value,
        };
      }),
  ],
  [
    "colliding updates overwrite each other",
    "scatter",
    () => onScatters((kernel) => ({ ...kernel, monoid: "set" })),
  ],
  [
    "updates outside are clamped to the edge",
    "scatter",
    () => onScatters((kernel) => ({ ...kernel, extent: kernel.extent + 1 })),
  ],
  ["a buffer can be freed twice", "memory", () => new ForgivingDevice(inner())],
  ["numbers are compiled in at the first run", "programs", () => new FrozenDevice(inner())],
  ["temporaries overlap", "programs", () => new OverlappingDevice(inner())],
  ["reads share memory", "memory", () => new SharingDevice(inner())],
  ["kernels run in any order", "programs", () => new BackwardDevice(inner())],
  [
    "a product of matrices forgets its epilogue",
    "claimed kernels",
    () =>
      new Rewriting((kernel) =>
        kernel.kind === "contract"
          ? {
              ...kernel,
              stores: kernel.stores.map((store) => ({
                ...store,
                body: substitute(store.body, (x) =>
                  x.kind === "arg" && x.index < kernel.inputs.length
                    ? constant(0, x.dtype)
                    : undefined,
                ),
              })),
            }
          : kernel,
      ),
  ],
  [
    "sorting is not stable",
    "claimed kernels",
    () =>
      new Rewriting((kernel) =>
        kernel.kind === "argsort" ? { ...kernel, descending: !kernel.descending } : kernel,
      ),
  ],
];
