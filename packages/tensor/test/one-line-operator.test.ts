/** One line adds an operator: a copy of the packages is patched by exactly that, and tried. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { defineOperator, mul, sigmoid } from "@mt/operators";
import { afterAll, describe, expect, test } from "vitest";
import { tensor } from "../src/index.ts";

const root = resolve(import.meta.dirname, "../../..");
const copy = mkdtempSync(join(tmpdir(), "one-line-operator-"));
const line = 'export const bump: Operator<1> = unary("bump", (x) => mul(x, tanh(x)));\n';

function copyPackages(): void {
  mkdirSync(join(copy, "node_modules/@mt"), { recursive: true });
  for (const name of ["operators", "autodiff", "backend", "tensor"]) {
    cpSync(join(root, "packages", name), join(copy, "packages", name), {
      recursive: true,
      filter: (path) => !/(node_modules|dist|reports|\.turbo)$/.test(path),
    });
    symlinkSync(join(copy, "packages", name), join(copy, "node_modules/@mt", name));
  }
  for (const name of ["tsconfig.base.json", "tsconfig.test.json"])
    cpSync(join(root, name), join(copy, name));
  for (const name of ["vitest", "fast-check"])
    symlinkSync(dirname(resolveFrom(name)), join(copy, "node_modules", name));
}
const resolveFrom = (name: string): string => join(root, "node_modules", name, "package.json");

copyPackages();
const file = join(copy, "packages/operators/src/operators.ts");
const before = readFileSync(file, "utf8");
writeFileSync(file, before + line);
afterAll(() => rmSync(copy, { recursive: true }));

type Operators = typeof import("@mt/operators");
type Tensors = typeof import("../src/index.ts");
const load = (path: string): Promise<unknown> =>
  import(/* @vite-ignore */ join(copy, "packages", path));
const patched = async () => ({
  operators: (await load("operators/src/index.ts")) as Operators & { bump: Operators["relu"] },
  tensors: (await load("tensor/src/index.ts")) as Tensors,
  backend: (await load("backend/src/index.ts")) as typeof import("@mt/backend"),
});
const exact = (x: number): number => x * Math.tanh(x);

describe("a one-line patch of operators.ts", async () => {
  const { operators, tensors, backend } = await patched();
  const { bump } = operators;

  test("evaluates", () => {
    for (const x of [-3, -0.5, 0, 0.25, 2]) expect(bump(x)).toBeCloseTo(exact(x), 12);
  });

  test("is a method of tensors and of Scalars", async () => {
    const x = tensors.tensor([-1, 0, 2], { dtype: "f64" }) as unknown as {
      bump(): InstanceType<Tensors["Tensor"]>;
    };
    expect(Array.from(await x.bump().data())).toEqual([-1, 0, 2].map((v) => bump(v)));
    const { Scalar } = (await load("autodiff/src/index.ts")) as typeof import("@mt/autodiff");
    const s = Scalar.of(2) as unknown as { bump(): { data: number } };
    expect(s.bump().data).toBe(bump(2));
  });

  test("differentiates twice", async () => {
    const f = (x: InstanceType<Tensors["Tensor"]>) => x.map(bump).sum();
    const first = tensors.grad(f);
    const second = tensors.grad((x: InstanceType<Tensors["Tensor"]>) => first(x).sum());
    const points = [-2, -0.3, 0.7, 1.5];
    const x = () => tensors.tensor(points, { dtype: "f64" });
    const h = 1e-4;
    const slopes = await first(x()).data();
    const bends = await second(x()).data();
    points.forEach((p, i) => {
      expect(slopes[i]).toBeCloseTo((exact(p + h) - exact(p - h)) / (2 * h), 6);
      expect(bends[i]).toBeCloseTo((exact(p + h) - 2 * exact(p) + exact(p - h)) / h ** 2, 5);
    });
  });

  test("fuses with its neighbours into one kernel", async () => {
    const recorded = backend.record(backend.referenceBackend());
    const options = { backend: recorded };
    const x = tensors.tensor([1, 2, 3], options);
    const y = tensors.tensor([4, 5, 6], options);
    const z = x.mul(y).map(bump).add(y).map(operators.tanh);
    await z.data();
    expect(recorded.kernels).toHaveLength(1);
  });

  test("passes the laws of operators", async () => {
    const { checkOperator } = (await load("operators/test/laws.ts")) as {
      checkOperator(operator: unknown, options: { domain: object }): void;
    };
    checkOperator(bump, { domain: { within: [[-4, 4]] } }); // beyond, differences lose all digits
  });
});

test("an operator of the user's own does all of that by x.map(swish, beta)", async () => {
  const swish = defineOperator("swish", (x, beta) => mul(x, sigmoid(mul(beta, x))));
  const value = (x: number, beta: number): number => x / (1 + Math.exp(-beta * x));
  expect(swish(1.5, 2)).toBeCloseTo(value(1.5, 2), 14);
  const { grad } = await import("../src/index.ts");
  const f = (x: ReturnType<typeof tensor>) => x.map(swish, 1.5).sum();
  const second = grad((x: ReturnType<typeof tensor>) => grad(f)(x).sum());
  const points = [-1, 0.2, 2];
  const h = 1e-4;
  const x = () => tensor(points, { dtype: "f64" });
  const [slopes, bends] = [await grad(f)(x()).data(), await second(x()).data()];
  points.forEach((p, i) => {
    expect(slopes[i]).toBeCloseTo((value(p + h, 1.5) - value(p - h, 1.5)) / (2 * h), 6);
    const bend = (value(p + h, 1.5) - 2 * value(p, 1.5) + value(p - h, 1.5)) / h ** 2;
    expect(bends[i]).toBeCloseTo(bend, 5);
  });
  const { checkOperator } = await import("../../operators/test/laws.ts");
  checkOperator(swish, {
    domain: {
      within: [
        [-4, 4],
        [-2, 2],
      ],
    },
  });
  const { record, referenceBackend } = await import("@mt/backend");
  const backend = record(referenceBackend());
  const values = await tensor(points, { dtype: "f64" }).map(swish, 1.5).data();
  for (const [i, p] of points.entries()) expect(values[i]).toBeCloseTo(value(p, 1.5), 12);
  const t = tensor([1, 2], { backend });
  await t.add(1).map(swish, 2).exp().data();
  expect(backend.kernels).toHaveLength(1);
});
