/** Module 2.32 — The operation that a broken device gets wrong. */
import {
  Decorator,
  type Executable,
  kernelText,
  type Program,
  referenceBackend,
} from "@mt/backend";
import { call } from "@mt/operators";
import { describe, expect, test } from "vitest";
import { compareBackends, type Tensor, tensor } from "../../src/index.ts";

/** Gets everything right but one primitive, which it makes greater by a factor. */
class Broken extends Decorator {
  override readonly name = "broken";
  readonly primitive: string;
  readonly factor: number;
  constructor(primitive: string, factor: number) {
    super(referenceBackend());
    this.primitive = primitive;
    this.factor = factor;
  }
  override compile(program: Program): Executable {
    const kernels = program.kernels.map((kernel) => {
      if (kernel.kind !== "loop" || !kernelText(kernel).includes(this.primitive)) return kernel;
      const stores = kernel.stores.map((s) => ({ ...s, body: call("mul", s.body, this.factor) }));
      return { ...kernel, stores };
    });
    return super.compile({ ...program, kernels });
  }
}

const model = (x: Tensor, w: Tensor): Tensor => x.matmul(w).tanh().exp().add(1).log().sum();
const inputs = [
  tensor([[1, -2, 3]]),
  tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { requiresGrad: true },
  ),
];

describe("compareBackends", () => {
  test("names the first operation that differs", async () => {
    const found = await compareBackends(model, inputs, ["reference", new Broken("exp", 1.01)]);
    expect(found).toMatchObject({ operation: "exp", index: 2, shape: [1, 2] });
    expect(found?.line).toContain("compare.test.ts");
    const [right, wrong] = Object.values(found?.values ?? {}) as [number, number];
    expect(wrong / right).toBeCloseTo(1.01, 5);
    expect(String(found)).toMatch(/^operation 2, exp → f32\[1, 2\] at .*: element \d is /);
  });
  test("finds operations of backward", async () => {
    const both = (x: Tensor, w: Tensor): void => model(x, w).backward();
    const found = await compareBackends(both, inputs, [
      referenceBackend(),
      new Broken("1 / ", 1.01),
    ]);
    expect(found?.operation).toMatch(/′|div/);
  });
  test("gives null for devices that agree, and within the tolerance", async () => {
    expect(await compareBackends(model, inputs, ["reference", new Broken("exp", 1)])).toBeNull();
    const close = ["reference", new Broken("exp", 1.00001)] as const;
    expect(await compareBackends(model, inputs, close)).toBeNull();
    expect(await compareBackends(model, inputs, close, { tolerance: 1e-6 })).not.toBeNull();
  });
  test("NaN on one device only differs; on both it does not", async () => {
    const f = (x: Tensor): Tensor => x.exp().add(1);
    const given = [tensor([1, NaN])];
    expect(await compareBackends(f, given, ["reference", new Broken("exp", 1)])).toBeNull();
    const found = await compareBackends(f, [tensor([1, 2])], ["reference", new Broken("exp", NaN)]);
    expect(found?.values).toMatchObject({ broken: NaN });
  });
});
