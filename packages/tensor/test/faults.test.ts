/** Module 2 — Devices that fail, tensors that are gone: errors say so, and nothing else is lost. */
import {
  type Buffer,
  Decorator,
  type Executable,
  type Program,
  poolOf,
  referenceBackend,
  registerBackend,
} from "@mt/backend";
import { beforeEach, describe, expect, test } from "vitest";
import { noGrad, realize, type Tensor, tensor } from "../src/index.ts";

/** A device that fails when it is told to. */
class Faulty extends Decorator {
  fails: "compile" | "allocate" | "run" | "read" | null = null;
  #fail(when: Faulty["fails"]): void {
    if (this.fails === when) throw new Error(`${when} failed`);
  }
  override compile(program: Program): Executable {
    this.#fail("compile");
    const executable = super.compile(program);
    return {
      run: (buffers, scalars) => {
        this.#fail("run");
        executable.run(buffers, scalars);
      },
      [Symbol.dispose]: () => executable[Symbol.dispose](),
    };
  }
  override allocate(bytes: number): Buffer {
    this.#fail("allocate");
    return super.allocate(bytes);
  }
  protected override readNow(buffer: Buffer): Uint8Array {
    this.#fail("read");
    return super.readNow(buffer);
  }
}
const device = new Faulty(referenceBackend());
registerBackend(device);
const pool = poolOf(device);
beforeEach(() => {
  device.fails = null;
  realize();
  pool.trim(); // so that allocating reaches the device
});

const large = (fill: number): Float32Array => new Float32Array(2000).fill(fill);

describe.each(["compile", "allocate", "run"] as const)("a device that cannot %s", (fault) => {
  test("throws what the device said; the value can be had afterwards", async () => {
    const x = tensor(large(1));
    const y = x.mul(fault.length).add(1);
    device.fails = fault;
    expect(() => y.dataSync()).toThrow(`${fault} failed`);
    await expect(y.data()).rejects.toThrow(`${fault} failed`);
    device.fails = null;
    expect(y.dataSync()[1999]).toBe(fault.length + 1);
    expect(x.dataSync()[0]).toBe(1);
  });
  test("leaves parameters at the version they had, and gradients", () => {
    const p = tensor(large(fault.length), { requiresGrad: true });
    const step = (): void => {
      noGrad(() => p.assign(p.sub((p.grad as Tensor).mul(0.5))));
      realize();
    };
    const rounds = (): void => {
      p.grad = null;
      p.square().sum().backward();
      step();
    };
    rounds();
    rounds();
    p.grad = null;
    p.exp().sum().backward();
    device.fails = fault;
    pool.trim();
    const before = p.node;
    if (fault === "run" || fault === "compile") expect(step).toThrow(`${fault} failed`);
    device.fails = null;
    if (fault === "run" || fault === "compile") expect(p.node).toBe(before);
    expect(p.dataSync()[0]).toBe(0);
    expect((p.grad as unknown as Tensor).dataSync()[0]).toBe(1);
    step();
    expect(p.dataSync()[7]).toBe(-0.5);
  });
  test("does not keep failing for what does not depend on it", () => {
    const hopeless = tensor(large(3)).mul(2).add(fault.length).cosh();
    device.fails = fault;
    expect(() => realize()).toThrow(`${fault} failed`);
    device.fails = null;
    const small = tensor([1, 2]).add(fault.length);
    expect([...small.dataSync()]).toEqual([1 + fault.length, 2 + fault.length]);
    expect(hopeless.dataSync()[0]).toBe(Math.fround(Math.cosh(6 + fault.length)));
  });
  test("leaks nothing", () => {
    const x = tensor(large(1)).add(1);
    realize(x);
    const { live } = pool;
    device.fails = fault;
    pool.trim();
    for (let k = 0; k < 10; k++) expect(() => x.asinh().mul(fault.length).dataSync()).toThrow();
    expect(pool.live).toBe(live);
  });
});

test("a read that fails can be repeated", () => {
  const y = tensor(large(2)).square();
  realize(y);
  device.fails = "read";
  expect(() => y.dataSync()).toThrow("read failed");
  device.fails = null;
  expect(y.dataSync()[5]).toBe(4);
});

test("a budget that is too small is an error that names the largest tensors", () => {
  const x = tensor(large(1));
  const { budget } = pool;
  pool.budget = pool.live + pool.pooled + 20_000;
  try {
    expect(() => x.reshape(2000, 1).add(x).dataSync()).toThrow(
      /^allocate: 16000000 bytes for f32\s?\[2000, 2000\] pass the budget of \d+ bytes on "reference"; in use: /,
    );
    expect(x.add(1).dataSync()[0]).toBe(2);
  } finally {
    pool.budget = budget;
  }
});

describe("two devices", () => {
  const other = referenceBackend({ name: "other" });
  const here = tensor([1, 2], { requiresGrad: true });
  const there = tensor([1, 2], { backend: other });
  const message =
    '[2] lives on "reference" and [2] lives on "other". Copy one over first: tensor(await x.data(), { shape, backend }).';

  test("do not mix", () => {
    expect(() => here.add(there)).toThrow(`add: ${message}`);
    expect(() => here.matmul(there)).toThrow(message);
    expect(() => here.assign(there)).toThrow(
      /^assign: .* lives on "reference" and .* lives on "other"/,
    );
    expect([...here.add(1).dataSync(), ...there.add(1).dataSync()]).toEqual([2, 3, 2, 3]);
  });
  test("the remedy works", async () => {
    const copy = tensor(await there.data(), { shape: there.shape, backend: device });
    expect([...here.add(copy).dataSync()]).toEqual([2, 4]);
  });
  test("a cotangent of another device is refused, and no gradient appears", () => {
    expect(() => here.mul(2).backward(there)).toThrow("lives on");
    expect(here.grad).toBeNull();
  });
});

describe("disposed tensors", () => {
  const gone =
    "this tensor [2], or one that it is computed from, was disposed. Read it before, or keep a clone().";
  test("cannot be read or used, and can be disposed again", async () => {
    const x = tensor([1, 2]);
    const y = x.add(1);
    x.dispose();
    x.dispose();
    expect(() => x.add(1)).toThrow(`read: ${gone}`);
    expect(() => x.dataSync()).toThrow(gone);
    await expect((async () => x.data())()).rejects.toThrow(gone);
    expect(() => y.dataSync()).toThrow(gone);
    expect(String(x)).toBe("Tensor(disposed, shape=[2])");
    expect(x.shape).toEqual([2]);
  });
  test("what was computed before lives on", () => {
    const x = tensor([1, 2]);
    const [y, z] = [x.add(1), x.clone()];
    realize(y);
    x.dispose();
    expect([...y.dataSync(), ...z.dataSync()]).toEqual([2, 3, 1, 2]);
  });
  test("`using` frees a large one at the end of its block", () => {
    const before = pool.live;
    {
      using x = tensor(large(1)).mul(3);
      realize(x);
      expect(pool.live).toBeGreaterThan(before);
    }
    expect(pool.live).toBe(before);
  });
  test("a disposed buffer with a pending assign is not assigned", () => {
    const p = tensor([1, 2]);
    p.assign(p.add(1));
    p.dispose();
    expect([...tensor([5]).add(1).dataSync()]).toEqual([6]);
  });
});
