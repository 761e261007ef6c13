/** As on a host without relaxed instructions. */
import { type Kernel, localize, record } from "@mt/backend";
import { randn } from "@mt/tensor";
import { expect, test, vi } from "vitest";
import { generate } from "../src/generate/generate.ts";
import { cpuThreads } from "../src/index.ts";
import { disassemble } from "../test/wasm/disassemble.ts";
import { conformsEverywhere } from "./matrix.ts";

vi.mock("../src/wasm/features.ts", () => ({ isRelaxed: () => false }));

test("no product is made of relaxed instructions", () => {
  const backend = record(cpuThreads());
  const x = randn([64, 64], { backend });
  x.matmul(x).dataSync();
  const { kernel, bindings } = localize(backend.kernels.at(-1) as Kernel);
  const { bytes } = generate(kernel, bindings.length).kernels.at(-1) ?? { bytes: new Uint8Array() };
  const words = disassemble(bytes).flatMap(({ lines }) => lines.map(({ text }) => text));
  expect(words.filter((word) => word.includes("relaxed"))).toEqual([]);
  expect(words).toContain("f32x4.mul");
});
conformsEverywhere("plain");
