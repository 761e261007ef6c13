import * as autodiff from "@mt/autodiff";
import * as backend from "@mt/backend";
import * as threads from "@mt/backend-cpu-threads";
import * as datasets from "@mt/datasets";
import * as nn from "@mt/nn";
import * as operators from "@mt/operators";
import * as tensors from "@mt/tensor";
import { expect, expectTypeOf, test } from "vitest";
import * as minitorch from "../src/index.ts";

const packages: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  operators,
  backend,
  threads,
  datasets,
  autodiff,
  nn,
  tensors,
};

test("every name of every package is there, and means what the highest package means by it", () => {
  const expected = Object.assign({}, ...Object.values(packages));
  const { useBackend, measureCrossover, Crossover, ...others } = minitorch;
  for (const own of [useBackend, measureCrossover, Crossover]) expect(own).toBeTypeOf("function");
  expect(new Set(Object.keys(others))).toEqual(new Set(Object.keys(expected)));
  for (const [name, value] of Object.entries(others)) expect(value).toBe(expected[name]);
});

test("types of the same name are those of the higher package, too", () => {
  expectTypeOf<minitorch.Index>().toEqualTypeOf<tensors.Index>();
  expectTypeOf<minitorch.Argument>().toEqualTypeOf<tensors.Argument>();
  expectTypeOf<minitorch.Linear>().toEqualTypeOf<nn.Linear>();
  expectTypeOf<minitorch.Buffer>().toEqualTypeOf<nn.Buffer>();
  expectTypeOf<minitorch.Scalar>().toEqualTypeOf<autodiff.Scalar>();
});

test("with nothing registered, tensors live on the fast device", async () => {
  expect(minitorch.getBackend().name).toBe("cpu-threads");
  expect(await minitorch.tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
});

test("a device that is gone is made anew", async () => {
  class Mortal extends minitorch.Decorator {
    lost = false;
    override get gone(): boolean {
      return this.lost;
    }
  }
  const mortal = new Mortal(minitorch.referenceBackend());
  const traced = new minitorch.Decorator(mortal);
  minitorch.registerBackend(traced);
  expect(await minitorch.useBackend("reference")).toBe(traced);
  mortal.lost = true;
  const another = await minitorch.useBackend("reference");
  expect(another).not.toBe(traced);
  expect(minitorch.getBackend("reference")).toBe(another);
  expect(await minitorch.tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
});

test("a device is made by its name, once, and becomes the one of new tensors", async () => {
  const device = await minitorch.useBackend("reference");
  expect(minitorch.tensor([1]).backend).toBe(device);
  expect(await minitorch.useBackend("reference")).toBe(device);
  await minitorch.useBackend("cpu-threads");
  expect(minitorch.getBackend().name).toBe("cpu-threads");
  await expect(minitorch.useBackend("abacus")).rejects.toThrow('no backend "abacus"');
});
