/** The same product by libraries that run on WebGPU as well, on our Dawn, where they are installed. */
import { type Budget, timeOf } from "./clock.ts";

interface Peer {
  readonly name: string;
  readonly specifiers: readonly string[];
  /** A product of `[n, n]` that is started, and the end of all that were started. */
  readonly prepare: (
    modules: readonly never[],
    n: number,
  ) => Promise<{ readonly run: () => void; readonly finish: () => Promise<void> }>;
}

interface Dawn {
  create(flags: readonly string[]): object;
  readonly globals: object;
}
interface TfTensor {
  data(): Promise<unknown>;
  dispose(): void;
}
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ones(shape: readonly number[]): TfTensor;
  matMul(x: TfTensor, y: TfTensor): TfTensor;
  slice(x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor;
}
interface JaxArray {
  readonly ref: JaxArray;
  data(): Promise<unknown>;
  blockUntilReady(): Promise<unknown>;
}
interface Jax {
  init(device?: string): Promise<unknown>;
  defaultDevice(name: string): unknown;
  readonly numpy: {
    ones(shape: readonly number[]): JaxArray;
    matmul(x: JaxArray, y: JaxArray): JaxArray;
  };
}

const list: readonly Peer[] = [
  {
    name: "tfjs-webgpu",
    specifiers: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu"],
    prepare: async ([tf]: readonly Tf[], n) => {
      if (!tf || !(await tf.setBackend("webgpu"))) throw new Error("it finds no adapter");
      const x = tf.ones([n, n]);
      let last: TfTensor | null = null;
      return {
        run: () => {
          last?.dispose();
          last = tf.matMul(x, x);
        },
        finish: async () => {
          if (!last) return;
          const corner = tf.slice(last, [0, 0], [1, 1]);
          await corner.data();
          corner.dispose();
        },
      };
    },
  },
  {
    name: "jax-js",
    specifiers: ["@jax-js/jax"],
    prepare: async ([jax]: readonly Jax[], n) => {
      if (!jax) throw new Error("it did not load");
      await jax.init("webgpu");
      jax.defaultDevice("webgpu");
      const x = jax.numpy.ones([n, n]);
      let last: JaxArray | null = null;
      return {
        run: () => {
          last = jax.numpy.matmul(x.ref, x.ref);
        },
        finish: async () => void (await last?.blockUntilReady()),
      };
    },
  },
];

/** Prints what each takes; says so where it is not installed, or does not run. */
export async function peers(
  n: number,
  budget: Budget,
  line: (name: string, value: string, rest?: string) => void,
): Promise<void> {
  const dawn = "webgpu"; // a package of the device's, not of the benchmarks
  const { create, globals } = (await import(dawn)) as Dawn;
  const gpu = create([]);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  for (const { name, specifiers, prepare } of list) {
    const modules = await Promise.all(specifiers.map((x) => import(x).catch(() => null)));
    if (modules.includes(null)) {
      line(name, "not installed");
      continue;
    }
    try {
      const { run, finish } = await prepare(modules as never[], n);
      const time = await timeOf(run, finish, budget);
      const rate = (2 * n ** 3) / time / 1e6;
      line(
        `${name}, product of f32, ${n}`,
        `${rate.toPrecision(3)} GFLOP/s`,
        `${time.toFixed(2)} ms`,
      );
    } catch (thrown) {
      line(name, "does not run", String(thrown).split("\n")[0]);
    }
  }
}
