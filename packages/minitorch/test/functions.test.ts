/** What takes a function and is given something else says so, under its own name. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as autodiff from "@mt/autodiff";
import * as testing from "@mt/autodiff/testing";
import * as nn from "@mt/nn";
import * as tensors from "@mt/tensor";
import { describe, expect, test } from "vitest";

type Junk = never;
const { Scalar } = autodiff;
const { customFunction, tensor } = tensors;
const x = tensor([1, 2]);
const same = (y: tensors.Tensor): tensors.Tensor => y;

/** Each with the name under which it speaks, and the call that is to refuse. */
const calls: Readonly<Record<string, readonly [says: string, call: (f: Junk) => unknown]>> = {
  backpropagate: [
    "backpropagate",
    (f) => autodiff.backpropagate({ inputs: [], requiresGrad: true, pullback: () => [] }, 1, f),
  ],
  "backpropagate, wanted": [
    "backpropagate",
    (f) =>
      autodiff.backpropagate(
        { inputs: [], requiresGrad: true, pullback: () => [] },
        1,
        (a: number, b: number) => a + b,
        f,
      ),
  ],
  centralDifference: ["centralDifference", (f) => autodiff.centralDifference(f, [1])],
  checkGradient: ["checkGradient", (f) => testing.checkGradient(f, [1])],
  checkpoint: ["checkpoint", (f) => tensors.checkpoint(f)],
  compareBackends: ["compareBackends", (f) => tensors.compareBackends(f, [x], ["reference"])],
  compareGradients: ["compareGradients", (f) => testing.compareGradients(f, [1], [1])],
  compile: ["compile", (f) => tensors.compile(f)],
  "customFunction of scalars, forward": [
    "cube.forward",
    (forward) => autodiff.customFunction({ name: "cube", forward, backward: () => 0 }),
  ],
  "customFunction of scalars, backward": [
    "cube.backward",
    (backward) => autodiff.customFunction({ name: "cube", forward: () => 0, backward }),
  ],
  "customFunction, forward": [
    "customFunction.forward",
    (forward) => customFunction({ forward, vjp: same }),
  ],
  "customFunction, vjp": ["customFunction.vjp", (vjp) => customFunction({ forward: same, vjp })],
  "customFunction, jvp": [
    "customFunction.jvp",
    (jvp) => customFunction({ forward: same, vjp: same, jvp }),
  ],
  "customFunction, batch": [
    "customFunction.batch",
    (batch) => customFunction({ forward: same, batch }),
  ],
  defineOperator: ["defineOperator", (f) => tensors.defineOperator("mine", f)],
  detectAnomaly: ["detectAnomaly", (f) => tensors.detectAnomaly(f)],
  eager: ["eager", (f) => tensors.eager(f)],
  enableGrad: ["enableGrad", (f) => autodiff.enableGrad(f)],
  explain: ["explain", (f) => tensors.explain(f)],
  grad: ["grad", (f) => tensors.grad(f)],
  hessian: ["hessian", (f) => tensors.hessian(f)],
  jacobian: ["jacobian", (f) => tensors.jacobian(f)],
  jvp: ["jvp", (f) => tensors.jvp(f, x, x)],
  liveNumber: ["liveNumber", (f) => tensors.liveNumber(f, x)],
  "map of a Scalar": ["map", (f) => Scalar.of(1).map(f)],
  "map of Scalars": ["map", (f) => Scalar.map(f, 1)],
  "map of a tensor": ["map", (f) => x.map(f)],
  noGrad: ["noGrad", (f) => autodiff.noGrad(f)],
  trace: ["trace", (f) => tensors.trace(f)],
  valueAndGrad: ["valueAndGrad", (f) => tensors.valueAndGrad(f)],
  vjp: ["vjp", (f) => tensors.vjp(f, x)],
  vmap: ["vmap", (f) => tensors.vmap(f)],
  warmup: ["warmup", (f) => nn.warmup(3, f)],
};

const untold = (): never => {
  throw new RangeError("asked for its text");
};
/** A message may not ask these for their text: most have none, and a tensor would be computed. */
const junk: Readonly<Record<string, unknown>> = {
  "a number": 3,
  "a text": "text",
  "an object": {},
  null: null,
  true: true,
  "a symbol": Symbol("wish"),
  "an object without prototype": Object.create(null),
  "an object that throws": { toString: untold, [Symbol.toPrimitive]: untold },
  "a tensor": tensor([[1], [2], [3]]).mul(2),
};

describe.each(Object.entries(calls))("%s", (_, [says, call]) => {
  const given = Object.entries(junk).filter(([kind]) => says !== "explain" || kind !== "a tensor");
  test.each(given)("refuses %s", async (_, junk) => {
    let told: unknown;
    try {
      await call(junk as Junk);
    } catch (error) {
      told = error;
    }
    // a mistake in types that JavaScript notices is a TypeError of no class of ours
    expect((told as Error | undefined)?.name).toMatch(/^(Tensor|Autodiff|Operator|Module)Error$/);
    expect(String((told as Error).message)).toMatch(
      new RegExp(`^${says}: .*(function|operator).*$`),
    );
  });
});

const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = globSync(`${root}{autodiff,tensor,nn}/src/**/*.ts`).map((file) =>
  readFileSync(file, "utf8"),
);
/** How functions are declared, as far as their parameters go. */
const declared = sources.flatMap((text) => [
  ...text.matchAll(
    /^export (?:async )?(?:function|const) (?<name>\w+)(?<rest>[\s\S]*?)(?:\{\n|;\n)/gm,
  ),
]);

test("they are all that are declared to take one", () => {
  const exported = { ...autodiff, ...testing, ...nn, ...tensors };
  const taking = declared.flatMap(({ groups: { name = "", rest = "" } = {} }) =>
    Object.hasOwn(exported, name) && /\w: (?:[^=;]*\| )?\(*\([^()]*\) =>/.test(rest) ? [name] : [],
  );
  expect(taking).toEqual(expect.arrayContaining(["compile", "explain", "noGrad", "vmap"]));
  const tried = new Set(Object.keys(calls).map((name) => name.split(/,? of |,/)[0]));
  // whose functions are other packages' to give, and which every page loads
  expect([...new Set(taking)].filter((name) => !tried.has(name))).toEqual(["topologicalOrder"]);
});
