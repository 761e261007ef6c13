/**
 * One other library on the Dawn of this workspace, in a process of its own: `peer.ts NAME FOLDER JSON`,
 * where FOLDER has it among its `node_modules`. It prints a line of JSON for each measurement.
 */
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Budget, timeOf } from "./clock.ts";
import { floatsOf, mappedAt, mustBe, productAt } from "./pattern.ts";
import type { Measured, Plan } from "./peers.ts";

/** Something that is computed again and again. */
interface Work {
  readonly run: () => void | Promise<void>;
  /** Waits for all runs. */
  readonly finish: () => Promise<unknown>;
  /** The first elements of the result. */
  readonly first: () => Promise<ArrayLike<number>>;
}
interface Peer {
  readonly product: (n: number) => Work;
  /** relu(x · y + x) over so many elements. */
  readonly map: (count: number) => Work;
}

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy(f: () => TfTensor): TfTensor;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  matMul(x: TfTensor, y: TfTensor): TfTensor;
  mul(x: TfTensor, y: TfTensor): TfTensor;
  add(x: TfTensor, y: TfTensor): TfTensor;
  relu(x: TfTensor): TfTensor;
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  slice(x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor;
}
async function tfjs(load: Load): Promise<Peer> {
  const tf = (await load("@tensorflow/tfjs-core")) as unknown as Tf;
  await load("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Error("it finds no adapter");
  await tf.ready();
  const work = (f: () => TfTensor): Work => {
    let last: TfTensor | null = null;
    const first = async (): Promise<Float32Array> => {
      const some = tf.tidy(() => tf.slice(tf.reshape(last as TfTensor, [-1]), [0], [1]));
      const data = await some.data();
      some.dispose();
      return data;
    };
    const run = (): void => {
      last?.dispose();
      last = tf.tidy(f);
    };
    return { run, finish: first, first };
  };
  return {
    product: (n) => {
      const x = tf.tensor(floatsOf(n * n), [n, n]);
      return work(() => tf.matMul(x, x));
    },
    map: (count) => {
      const [x, y] = [0, 1].map(() => tf.tensor(floatsOf(count), [count])) as [TfTensor, TfTensor];
      return work(() => tf.relu(tf.add(tf.mul(x, y), x)));
    },
  };
}

/** Operations consume their arguments; `ref` keeps one. */
interface JaxArray {
  readonly ref: JaxArray;
  mul(x: JaxArray): JaxArray;
  add(x: JaxArray): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<unknown>;
  dispose(): void;
}
type JaxFunction = (...x: readonly JaxArray[]) => JaxArray;
interface Jax {
  init(): Promise<unknown>;
  defaultDevice(name: string): unknown;
  jit(f: JaxFunction): JaxFunction;
  readonly nn: { relu(x: JaxArray): JaxArray };
  readonly numpy: {
    array(data: Float32Array): JaxArray;
    matmul(x: JaxArray, y: JaxArray): JaxArray;
  };
}
async function jaxjs(load: Load): Promise<Peer> {
  const { init, defaultDevice, jit, nn, numpy } = (await load("@jax-js/jax")) as unknown as Jax;
  await init();
  defaultDevice("webgpu");
  const work = (f: JaxFunction, ...args: readonly JaxArray[]): Work => {
    const compiled = jit(f);
    let last: JaxArray | null = null;
    // what nobody waits for is not computed
    const run = async (): Promise<void> => {
      last?.dispose();
      last = compiled(...args.map(({ ref }) => ref));
      await last.blockUntilReady();
    };
    return {
      run,
      finish: async () => undefined,
      first: async () => (last as JaxArray).ref.data(),
    };
  };
  const both: JaxFunction = (x, y) => numpy.matmul(x as JaxArray, y as JaxArray);
  const fused: JaxFunction = (x, y) =>
    nn.relu((x as JaxArray).ref.mul(y as JaxArray).add(x as JaxArray));
  return {
    product: (n) => {
      const x = numpy.array(floatsOf(n * n)).reshape([n, n]);
      return work(both, x, x);
    },
    map: (count) => work(fused, numpy.array(floatsOf(count)), numpy.array(floatsOf(count))),
  };
}

/** Loads a module of the peer's folder. */
type Load = (specifier: string) => Promise<Readonly<Record<string, unknown>>>;
const peers: Readonly<Record<string, (load: Load) => Promise<Peer>>> = {
  "tfjs-webgpu": tfjs,
  "jax-js": jaxjs,
};
const loadFrom = (folder: string): Load => {
  const require = createRequire(join(resolve(folder), "package.json"));
  return async (specifier) => {
    const module = await import(pathToFileURL(require.resolve(specifier)).href);
    return { ...module.default, ...module };
  };
};

/** Puts Dawn where browsers have it. */
async function installDawn(): Promise<void> {
  const specifier = "webgpu"; // a package of the device's, not of the benchmarks
  const { create, globals } = (await import(specifier)) as {
    create(flags: readonly string[]): object;
    readonly globals: object;
  };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis.navigator, "gpu", { value: create([]), configurable: true });
}

async function measure(work: Work, what: string, exact: number, budget: Budget): Promise<number> {
  await work.run();
  mustBe(what, (await work.first())[0] as number, exact, 1e-4);
  return timeOf(work.run, async () => void (await work.finish()), budget);
}

const [name = "", folder = ".", plan = "{}"] = process.argv.slice(2);
const { sizes, count, budget } = JSON.parse(plan) as Plan;
await installDawn();
const peer = await (peers[name] as (typeof peers)[string])(loadFrom(folder));
const tell = (measured: Measured): void => console.log(JSON.stringify(measured));
for (const n of sizes) {
  const exact = productAt(n, 0, 0, "f32");
  tell({
    kind: "product",
    size: n,
    time: await measure(peer.product(n), "a product", exact, budget),
  });
}
const time = await measure(peer.map(count), "relu(x · y + x)", mappedAt(0), budget);
tell({ kind: "map", size: count, time });
process.exit(0); // libraries keep a process alive
