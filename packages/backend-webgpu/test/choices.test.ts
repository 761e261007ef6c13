/** Kernels are chosen by measurement, once; what was chosen is kept. */
import { type ContractKernel, localize, type Program, referenceBackend } from "@mt/backend";
import { compareTrial, type Trial } from "@mt/backend/testing";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect, test } from "vitest";
import { classOf, defaultStore, MeasuredChoices } from "../src/choices.ts";
import { WebgpuDevice } from "../src/device.ts";
import { tilingsFor } from "../src/generate/contract-choose.ts";
import { type Product, productOf } from "../src/generate/contract-product.ts";
import { describe, type Tiling } from "../src/generate/contract-tiling.ts";
import { leastFacts } from "../src/generate/kernel.ts";
import { findDevice } from "../src/gpu/find.ts";
import type { ChoiceStore } from "../src/options.ts";
import { RenewingExecutable } from "../src/renewing.ts";
import { gpu } from "./device.ts";
import { product } from "./products.ts";

const trial = product({ sides: [128, 64, 96] });
const productIn = ({ kernels }: Trial): Product =>
  productOf(localize(kernels[0] as ContractKernel).kernel) as Product;

class Memory implements ChoiceStore {
  text: string | null = null;
  read(): string | null {
    return this.text;
  }
  write(text: string): void {
    this.text = text;
  }
}

const made = productIn(trial);
const tilings = tilingsFor(made, leastFacts);
const choose = (choices: MeasuredChoices, of = made, list = tilings) =>
  choices.choose(of, list, leastFacts);
/** The last of the tilings that are timed is the fastest. */
const counting = () => {
  const timed: Tiling[] = [];
  const time = async (_: Product, tiling: Tiling): Promise<number> => 1e6 / timed.push(tiling);
  return { timed, time };
};

test("the most promising tiling is used until the fastest is known", async () => {
  const choices = new MeasuredChoices("this one", null, 1);
  expect(choose(choices)).toEqual({ tiling: tilings[0], why: "by estimate" });
  const { timed, time } = counting();
  await choices.measure(time);
  expect(timed.length).toBe(8);
  expect(new Set(timed.map((x) => describe({ ...x, pieces: 1 }))).size).toBe(8);
  expect(choose(choices)).toEqual({ tiling: timed.at(-1), why: "fastest of 8: 0.125 ms" });
  expect(choices.generation).toBe(1);
});

test("a class of shapes is measured once, and small products never", async () => {
  const choices = new MeasuredChoices("this one", null, 128 * 64 * 96);
  const small = productIn(product({ sides: [64, 64, 96] }));
  expect(choose(choices, small).why).toBe("by estimate");
  choose(choices);
  choose(choices, productIn(product({ sides: [140, 64, 96] })));
  const { timed, time } = counting();
  await choices.measure(time);
  await choices.measure(time);
  expect(timed.length).toBe(8);
  expect(choose(choices, productIn(product({ sides: [140, 64, 96] }))).why).toContain("fastest");
});

test("choices outlive the process, each adapter has its own, and deleting them begins anew", async () => {
  const store = new Memory();
  const first = new MeasuredChoices("this one", store, 1);
  choose(first);
  await first.measure(counting().time);
  expect(choose(new MeasuredChoices("this one", store, 1)).why).toBe("fastest of 8: 0.125 ms");
  expect(choose(new MeasuredChoices("another", store, 1)).why).toBe("by estimate");
  store.text = null;
  expect(choose(new MeasuredChoices("this one", store, 1)).why).toBe("by estimate");
});

test.each([
  "{",
  "null",
  "5",
  '{"this one":null}',
  '{"this one":{"CLASS":5}}',
  '{"this one":{"CLASS":{"tiling":null,"time":1,"of":1}}}',
  '{"this one":{"CLASS":{"tiling":{},"time":1,"of":1}}}',
])("what is stored may be broken, as %s, and writing may fail", async (text) => {
  const broken: ChoiceStore = {
    read: () => text.replace("CLASS", classOf(made)),
    write: () => {
      throw new Error("the disk is full");
    },
  };
  const choices = new MeasuredChoices("this one", broken, 1);
  choose(choices);
  await choices.measure(counting().time);
  expect(choose(choices).why).toContain("fastest");
});

test("if no tiling can be run the estimate stays", async () => {
  const choices = new MeasuredChoices("this one", null, 1);
  choose(choices);
  await choices.measure(async () => Infinity);
  expect(choose(choices).why).toBe("by estimate");
});

test("a page keeps them in its storage, and a host without any nowhere", () => {
  const items = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
  };
  const store = defaultStore({ localStorage });
  expect(store?.read()).toBeNull();
  store?.write("x");
  expect(store?.read()).toBe("x");
  expect(defaultStore({})).toBeNull();
  const framed = {
    get localStorage(): never {
      throw new Error("access is denied for this document");
    },
  };
  expect(defaultStore(framed)).toBeNull();
});

numeric.test("programs go on with the fastest once it is known, and tell so", async () => {
  const store = new Memory();
  const make = async () =>
    new WebgpuDevice(
      await findDevice("webgpu", { gpu }),
      {},
      new MeasuredChoices("this one", store, 1),
    );
  const device = await make();
  const program = {
    kernels: trial.kernels,
    slots: trial.slots.map(({ role, ...slot }) => ({
      role,
      bytes: 4 * ("values" in slot ? slot.values.length : slot.length),
    })),
    arenas: [],
    scalars: [],
  } as Program;
  const chosen = (on: WebgpuDevice): unknown => on.describe(program)[0]?.[0]?.facts.chosen;
  expect(chosen(device)).toBe("by estimate");
  await compareTrial(device, referenceBackend(), trial);
  await device.finish();
  expect(chosen(device)).toMatch(/^fastest of 4: \d+\.\d{3} ms$/);
  await compareTrial(device, referenceBackend(), trial);
  const later = await make();
  expect(chosen(later)).toBe(chosen(device));
  await Promise.all([device, later].map((x) => x[Symbol.asyncDispose]()));
});

test("a compiled program is made anew once for each change, and given back", () => {
  let generation = 0;
  const events: string[] = [];
  let made = 0;
  const make = () => {
    const number = made++;
    return {
      run: () => void events.push(`run ${number}`),
      [Symbol.dispose]: () => void events.push(`end ${number}`),
    };
  };
  const executable = new RenewingExecutable(make, () => generation);
  executable.run([], new Float64Array());
  generation++;
  executable.run([], new Float64Array());
  executable.run([], new Float64Array());
  executable[Symbol.dispose]();
  expect(events).toEqual(["run 0", "end 0", "run 1", "run 1", "end 1"]);
});

test("one that cannot be made anew goes on as it was, and one that is disposed of stays so", () => {
  let generation = 0;
  let broken: boolean = false;
  const events: string[] = [];
  const make = () => {
    if (broken) throw new Error("no room for another one");
    events.push("make");
    return { run: () => void events.push("run"), [Symbol.dispose]: () => void events.push("end") };
  };
  const executable = new RenewingExecutable(make, () => generation);
  const run = (): void => executable.run([], new Float64Array());
  generation++;
  broken = true;
  expect(run).toThrow("no room");
  broken = false;
  run();
  executable[Symbol.dispose]();
  generation++;
  run(); // it is the executable's to refuse
  expect(events).toEqual(["make", "make", "end", "run", "end", "run"]);
});
