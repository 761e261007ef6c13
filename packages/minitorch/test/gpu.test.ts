/** The GPU by its name: beside the other devices, after tensors were made, and after its loss. */
import { readFile } from "node:fs/promises";
import { webgpu } from "@mt/backend-webgpu";
import { createOptions, numeric } from "@mt-tools/adapters/numeric";
import { afterEach, beforeEach, expect } from "vitest";
import { create } from "webgpu";
import { markdownExamples } from "../../../tools/documents/src/examples.ts";
import { run } from "../../../tools/documents/src/run.ts";
import * as minitorch from "../src/index.ts";

const { compareBackends, Linear, mseLoss, SGD, tensor, useBackend, manualSeed } = minitorch;
const names = ["reference", "cpu-threads", "webgpu"] as const;
const forget = (): void => names.forEach((name) => void minitorch.unregisterBackend(name));

beforeEach(forget);
afterEach(forget);

const waves = (...shape: readonly number[]): minitorch.Tensor => {
  const length = shape.reduce((n, size) => n * size, 1);
  const data = Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898));
  return tensor(data, { shape: [...shape], requiresGrad: true });
};

numeric.test(
  "compareBackends finds no operation on which one of the three devices differs",
  async () => {
    for (const name of names) await useBackend(name);
    const inputs = [waves(4, 1, 8, 8), waves(3, 1, 3, 3), waves(108, 5)];
    const learn = (x: minitorch.Tensor, filters: minitorch.Tensor, w: minitorch.Tensor): void => {
      const seen = minitorch.conv2d(x, filters).relu().reshape(4, 108);
      seen.matmul(w).softmax(1).add(1).log().sum().backward();
    };
    expect(await compareBackends(learn, inputs, names)).toBeNull();
    const strict = await compareBackends(learn, inputs, ["reference", "webgpu"], { tolerance: 0 });
    expect(String(strict)).toMatch(/^operation \d+, .* on "reference" and .* on "webgpu"$/);
  },
);

numeric.test("tensors stay on the device that they were made on, and say so", async () => {
  await useBackend("cpu-threads");
  manualSeed(1);
  const model = new Linear(3, 1);
  const optimizer = new SGD(model.parameters(), { rate: 0.1 });
  const [x, y] = [waves(4, 3), waves(4, 1)];
  const loss = mseLoss(model.forward(x), y);
  const before = await mseLoss(model.forward(x), y).item();

  const gpu = await useBackend("webgpu");
  expect([loss.backend.name, tensor([1]).backend.name]).toEqual(["cpu-threads", "webgpu"]);
  loss.backward();
  optimizer.step();
  expect(await loss.item()).toBe(before);
  expect(await mseLoss(model.forward(x), y).item()).toBeLessThan(before);

  const elsewhere = waves(4, 3);
  expect(() => model.forward(elsewhere)).toThrow(
    /\[4, 3\] lives on "webgpu" and \[\d, \d\] lives on "cpu-threads"\. Copy one over first/,
  );
  const copy = tensor(await x.data(), { shape: x.shape });
  expect(copy.backend).toBe(gpu);
  expect(await copy.mul(2).toArray()).toEqual(await x.mul(2).toArray());
});

numeric.test("two that ask for it at once get one device", async () => {
  const [first, second] = await Promise.all([useBackend("webgpu"), useBackend("webgpu")]);
  expect(first).toBe(second);
  expect(minitorch.getBackend()).toBe(first);
});

numeric.test.each(names)("what numbers mean holds on %s", async (name) => {
  await useBackend(name);
  const text = await readFile(`${import.meta.dirname}/../../../docs/semantics.md`, "utf8");
  const load = (specifier: string): Promise<object> => import(specifier);
  const failures = await run(markdownExamples(text), [], load);
  const { tensor: made } = (await load("@mt/tensor")) as typeof minitorch;
  expect(made([1]).backend.name).toBe(name);
  expect(failures.flat()).toEqual([]);
});

/** A GPU whose latest device can be taken away. */
function mortal(): { readonly gpu: { requestAdapter(): Promise<object> }; lose(): void } {
  const gpu = create(createOptions);
  let latest: GPUDevice | undefined;
  const requestAdapter = async (): Promise<object> => {
    const adapter = (await gpu.requestAdapter()) as GPUAdapter;
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      latest = Object.assign(await request(descriptor), { gpu });
      return latest;
    };
    return adapter;
  };
  return { gpu: { requestAdapter }, lose: () => latest?.destroy() };
}

numeric.test("a lost GPU is made anew with its options, by the lines of the README", async () => {
  const { gpu, lose } = mortal();
  const maximumBytes = 2 ** 26;
  const first = await webgpu({ gpu, features: [], memory: { maximumBytes }, choices: null });
  minitorch.registerBackend(first);
  const train = async (model: minitorch.Linear): Promise<void> => {
    lose();
    await model.forward(waves(4, 2)).toArray();
  };
  const text = await readFile(`${import.meta.dirname}/../../backend-webgpu/README.md`, "utf8");
  const code = /## After a loss[\s\S]*?```ts no-run\n(?<code>[\s\S]*?)```/.exec(text)?.groups?.code;
  const kept = `${code}
const same = async (): Promise<unknown> => (await copyOf(model)).get("weight");
JSON.stringify(await same()) === JSON.stringify(copy.get("weight")); // true`;
  const modules = ["minitorch", "test"];
  const load = async (name: string): Promise<object> => (name === "test" ? { train } : minitorch);
  expect(await run([{ line: 1, code: kept }], modules, load)).toEqual([[]]);

  const again = minitorch.getBackend("webgpu");
  expect([first.gone, again.gone]).toEqual([true, false]);
  expect(minitorch.poolOf(again).budget).toBe(maximumBytes);
  expect(await useBackend("webgpu")).toBe(again);
});

numeric.test("the line of the README uses the GPU", async () => {
  const text = await readFile(`${import.meta.dirname}/../../../README.md`, "utf8");
  const code = /## In a page[\s\S]*?```ts no-run\n(?<code>[\s\S]*?)```/.exec(text)?.groups?.code;
  const document = { body: { textContent: "" } };
  const load = async (name: string): Promise<object> =>
    name === "test" ? { document } : minitorch;
  expect(await run([{ line: 1, code: `${code}` }], ["minitorch", "test"], load)).toEqual([[]]);
  expect(document.body.textContent).toBe("[[7,10],[15,22]]");
  expect(minitorch.getBackend().name).toBe("webgpu");
});
