/** Devices that mistake their memory, their programs and what they should refuse. */
import { argument } from "@mt/operators";
import { Decorator } from "../../src/decorate.ts";
import {
  type Buffer,
  type Executable,
  kernelKey,
  localize,
  type Pass,
  type Program,
} from "../../src/index.ts";
import { type Broken, onPrograms, sound } from "./rewriting.ts";

class WithoutBool extends Decorator {
  override readonly dtypes = new Map([...sound().dtypes].filter(([name]) => name !== "bool"));
}
class WritesFromTheStart extends Decorator {
  override write(buffer: Buffer, bytes: Uint8Array): void {
    super.write(buffer, bytes, 0);
  }
}
/** Lends its memory out instead of a copy. */
class Sharing extends Decorator {
  readonly #lent = new Map<number, Uint8Array>();
  override async read(buffer: Buffer): Promise<Uint8Array> {
    const bytes = await super.read(buffer);
    const lent = this.#lent.get(buffer.block);
    if (lent?.length === bytes.length) return lent;
    this.#lent.set(buffer.block, bytes);
    return bytes;
  }
}
class Hasty extends Decorator {
  protected override readNow(buffer: Buffer): Uint8Array {
    return super.readNow(buffer).fill(0);
  }
}
/** Keeps what was freed, and gives it to everybody who asks. */
class Recycling extends Decorator {
  readonly #kept = new Map<number, Buffer>();
  override free(buffer: Buffer): void {
    this.#kept.set(buffer.bytes, buffer);
  }
  override allocate(bytes: number): Buffer {
    return this.#kept.get(bytes) ?? super.allocate(bytes);
  }
}
class Late extends Decorator {
  override async read(buffer: Buffer): Promise<Uint8Array> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return super.read(buffer);
  }
}
class Forgiving extends Decorator {
  override free(buffer: Buffer): void {
    try {
      super.free(buffer);
    } catch {
      // as if nothing had happened
    }
  }
}
class Grasping extends Decorator {
  protected override unwrap(buffer: Buffer): Buffer {
    return { ...buffer, backend: this.inner };
  }
}
class Clipping extends Decorator {
  override write(buffer: Buffer, bytes: Uint8Array, offset = 0): void {
    const from = Math.max(0, offset);
    super.write(buffer, bytes.subarray(0, buffer.bytes - from), from);
  }
}
class Generous extends Decorator {
  override allocate(bytes: number): Buffer {
    return super.allocate(Math.ceil(Math.abs(bytes)) || 0);
  }
}
/** Reads the numbers of the first run at every run. */
class Frozen extends Decorator {
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
class Confusing extends Decorator {
  readonly #known = new Map<number, Executable>();
  override compile(program: Program): Executable {
    const known = this.#known.get(program.kernels.length) ?? super.compile(program);
    this.#known.set(program.kernels.length, known);
    return known;
  }
}

/** Tells of the first kernel only. */
class Silent extends Decorator {
  override readonly describe = (): Pass[][] => [[{ facts: {} }]];
}

export const brokenMemory: readonly Broken[] = [
  ["bool is missing", ["says what it is"], () => new WithoutBool(sound())],
  ["writes ignore their offset", ["reads back"], () => new WritesFromTheStart(sound())],
  ["reads share memory", ["gives copies"], () => new Sharing(sound())],
  ["a read at once does not wait", ["reads at once"], () => new Hasty(sound())],
  ["what is freed is given out twice", ["keeps buffers apart"], () => new Recycling(sound())],
  ["reads are late", ["orders writes"], () => new Late(sound())],
  ["a buffer can be freed twice", ["refuses buffers that were"], () => new Forgiving(sound())],
  ["buffers of others are taken", ["refuses buffers of another"], () => new Grasping(sound())],
  ["writes are clipped", ["refuses writes"], () => new Clipping(sound())],
  ["any size will do", ["refuses sizes"], () => new Generous(sound())],
  ["numbers are compiled in at the first run", ["runs again"], () => new Frozen(sound())],
  [
    "programs are known by the number of their kernels",
    ["keeps the temporaries of two"],
    () => new Confusing(sound()),
  ],
  [
    "kernels run in any order",
    ["runs kernels in order"],
    () => onPrograms((program) => ({ ...program, kernels: program.kernels.toReversed() })),
  ],
  ["one list is there for all kernels", ["tells of every kernel"], () => new Silent(sound())],
  [
    "temporaries overlap",
    ["keeps a temporary"],
    () =>
      onPrograms((program) => ({
        ...program,
        slots: program.slots.map((slot) =>
          slot.role === "temporary" ? { ...slot, offset: 0 } : slot,
        ),
      })),
  ],
  [
    "formulas are known by identity",
    ["runs a program that was cloned"],
    () =>
      onPrograms((program) => ({
        ...program,
        kernels: program.kernels.map((kernel) => {
          if (kernel.kind !== "loop") return kernel;
          const stores = kernel.stores.map((store) => {
            const known = Object.getPrototypeOf(store.body) !== Object.prototype;
            return known ? store : { ...store, body: argument(0, store.dtype) };
          });
          return { ...kernel, stores };
        }),
      })),
  ],
  [
    "kernels of one structure share their slots",
    ["binds two kernels"],
    () =>
      onPrograms((program) => {
        const keys = program.kernels.map((kernel) => kernelKey(localize(kernel).kernel));
        const kernels = keys.map((key) => program.kernels[keys.indexOf(key)]);
        return { ...program, kernels: kernels as Program["kernels"] };
      }),
  ],
];
