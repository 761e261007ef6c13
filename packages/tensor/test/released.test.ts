/** Module 2 — Memory that nobody can ask for any more goes back to the pool. */
import { referenceBackend, registerBackend, sizeClass } from "@mt/backend";
import { beforeEach, expect, test } from "vitest";
import { concat, memory, realize, type Tensor, tensor } from "../src/index.ts";

beforeEach(() => registerBackend(referenceBackend()));
const large = (size = 3000): Float32Array => new Float32Array(size).fill(1);

test("dispose frees both versions of an assigned tensor, and what it was made of stays", async () => {
  const x = tensor(large());
  const assigned = tensor(large());
  const before = memory().live;
  for (let k = 0; k < 3; k++) {
    assigned.assign(x.add(k));
    realize();
  }
  expect(memory().live).toBeGreaterThan(before);
  assigned.dispose();
  expect(memory().live).toBeLessThanOrEqual(before + 16_384); // x itself may have moved in
  expect(() => assigned.add(1)).toThrow("disposed");
  expect((await x.data())[0]).toBe(1);
});

const { gc } = globalThis as unknown as { gc(): void };
const collected = async (): Promise<number> => {
  for (let k = 0; k < 5; k++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return memory().live;
};

test("programs that are forgotten leave no buffers behind", async () => {
  const state = tensor([0]);
  const taught = (size: number): void => {
    const round = (): Tensor => {
      const h = tensor(large(size)).add(1);
      h.mul(h).sum();
      state.assign(state.add(1));
      realize();
      return h;
    };
    round().dataSync();
    const last = [round(), round()];
    if (size % 2) for (const h of last) h.dispose(); // whose buffers nobody holds but the program
  };
  const sizes = Array.from({ length: 500 }, (_, k) => 1100 + k);
  const before = await collected();
  for (const size of sizes) taught(size);
  // a size takes two programs, a step and a reading, and the step keeps two buffers
  expect(memory().programs).toBeLessThanOrEqual(512);
  const held = sizes.slice(-257).reduce((bytes, size) => bytes + 2 * sizeClass(4 * size), 0);
  expect((await collected()) - before).toBeLessThan(held + 65_536);
});

test("a tensor of the same elements outlives the one it was made of", async () => {
  const x = tensor(large());
  {
    using same = x.to("f32");
    expect(same.shape).toEqual(x.shape);
  }
  expect((await x.data())[0]).toBe(1);
  x.dispose();
  expect(() => x.add(1)).toThrow("disposed");
});

test("what is no tensor is named", () => {
  const x = tensor([[1, 2]]);
  const wrong = undefined as unknown as Tensor;
  expect(() => x.matmul(wrong)).toThrow("matmul: its operand is no tensor");
  expect(() => x.assign(3 as unknown as Tensor)).toThrow("assign: takes a tensor and was given 3");
  expect(() => concat([x, [3] as unknown as Tensor])).toThrow(
    "concat: takes a tensor and was given a list",
  );
  expect(() => realize(wrong)).toThrow("realize: takes a tensor and was given undefined");
});
