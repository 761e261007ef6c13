/** Module 2.31 — The operation that made the first NaN, and its line. */
import { describe, expect, test } from "vitest";
import {
  AnomalyError,
  arange,
  detectAnomaly,
  grad,
  ones,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "../../src/index.ts";

/** The line this is called from: a stack trace read in another way than the code under test does. */
const lineHere = (): string =>
  /anomaly\.test\.ts:\d+/.exec((new Error().stack ?? "").split("\n")[2] ?? "")?.[0] ?? "?";

function caught(f: () => unknown): AnomalyError {
  try {
    f();
  } catch (error) {
    if (error instanceof AnomalyError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("detectAnomaly", () => {
  test("names the planted operation of fifty, its inputs, and its line", () => {
    let line = "";
    const error = caught(() =>
      detectAnomaly(() => {
        let x: Tensor = arange(1, 7, 1, { dtype: "f32" }).reshape(2, 3);
        for (let i = 0; i < 12; i++) x = x.mul(0.5).add(1).tanh();
        const safe = x.sub(x.slice(0, 0));
        [x, line] = [safe.log(), lineHere()];
        for (let i = 0; i < 12; i++) x = x.mul(0.5);
        return x.sum();
      }),
    );
    expect(error.operation).toBe("log");
    expect(error.line).toContain(line);
    expect(error.inputs).toMatchObject([{ shape: [2, 3], dtype: "f32", low: 0 }]);
    expect(error.message).toMatch(
      /^log: makes −∞ of finite numbers: first at \[0, 0\] of f32\[2, 3\]/,
    );
  });

  test("is silent about what is finite, and gives what the function returns", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = detectAnomaly(() => {
      const loss = x.log().softmax().square().sum();
      loss.backward();
      return loss;
    });
    expect(y.itemSync()).toBeCloseTo(5 / 9, 6);
    expect([...(x.grad as Tensor).dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("sees inside vmap, on the line of the operation", () => {
    const inside = (): AnomalyError =>
      caught(() =>
        detectAnomaly(() =>
          vmap((row: Tensor) => {
            const [y, here] = [row.log(), lineHere()];
            line = here;
            return y.sum();
          })(
            tensor([
              [1, 2],
              [0, 3],
            ]),
          ),
        ),
      );
    let line = "";
    const error = inside();
    expect(error.operation).toBe("log");
    expect(error.inputs).toMatchObject([{ shape: [2, 2] }]);
    expect(error.line).toContain(line);
    const gradients = vmap(grad((row: Tensor) => row.square().sum()));
    expect(detectAnomaly(() => gradients(ones([2, 3]))).dataSync()).toEqual(
      new Float32Array(6).fill(2),
    );
  });

  test("points from a derivative to the operation it is of", () => {
    const x = tensor([4, 0, 1], { requiresGrad: true });
    let line = "";
    const error = caught(() =>
      detectAnomaly(() => {
        let y: Tensor;
        [y, line] = [x.sqrt(), lineHere()];
        y.mul(2).sum().backward();
      }),
    );
    expect(error.derivativeOf?.operation).toBe("sqrt");
    expect(error.derivativeOf?.line).toContain(line);
    expect(error.message).toContain("in the derivative of sqrt");
  });

  test("after backward, operations are no derivatives", () => {
    const x = tensor([1], { requiresGrad: true });
    const error = caught(() =>
      detectAnomaly(() => {
        x.square().backward();
        return (x.grad as Tensor).sub(2).log();
      }),
    );
    expect(error.derivativeOf).toBeNull();
  });

  test.each<[string, () => unknown]>([
    ["NaN that was given", () => tensor([NaN, 1]).exp().sum()],
    ["∞ that was given", () => zeros([2]).add(Infinity).mul(2)],
    [
      "padding with −∞",
      () =>
        ones([2])
          .pad([[1, 1]], -Infinity)
          .max(),
    ],
    [
      "integers",
      () =>
        ones([2], { dtype: "i32" })
          .mul(2 ** 30)
          .mul(8),
    ],
  ])("%s is meant", (_, f) => {
    expect(() => detectAnomaly(f)).not.toThrow();
  });

  test("waits for functions that wait, and stops listening", async () => {
    const x = zeros([2]);
    await expect(
      detectAnomaly(async () => {
        await x.data();
        return x.log().sum();
      }),
    ).rejects.toThrow(AnomalyError);
    expect(x.log().sum().itemSync()).toBe(-Infinity);
  });
});
