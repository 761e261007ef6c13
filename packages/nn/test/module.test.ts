import { inspect } from "node:util";
import { relu } from "@mt/operators";
import { tensor } from "@mt/tensor";
import { describe, expect, test } from "vitest";
import { Buffer, Dropout, Linear, Module, Parameter, Sequential } from "../src/index.ts";

class Leaf extends Module {
  readonly p3: Parameter = new Parameter([3]);
}
class Branch extends Module {
  readonly c: Leaf = new Leaf();
  readonly p2: Parameter = new Parameter([2]);
}
class Tree extends Module {
  readonly b: Branch = new Branch();
  readonly p1: Parameter = new Parameter([1]);
  readonly list: readonly Module[] = [new Leaf(), new Leaf()];
  readonly text: string = "not a member";
  readonly nothing: null = null;
  readonly cached: unknown = tensor([0]);
}

const names = (pairs: Iterable<readonly [string, unknown]>): string[] =>
  Array.from(pairs, ([name]) => name);

describe("fields are found", () => {
  test("under dotted names, a module's own before those of its children", () => {
    const expected = ["p1", "b.p2", "b.c.p3", "list.0.p3", "list.1.p3"];
    expect(names(new Tree().namedParameters())).toEqual(expected);
  });
  test("with the modules themselves, each once", () => {
    const tree = new Tree();
    expect(names(tree.namedModules())).toEqual(["", "b", "b.c", "list.0", "list.1"]);
    expect(names(tree.namedChildren())).toEqual(["b", "list.0", "list.1"]);
    expect([...tree.children()]).toEqual([tree.b, ...tree.list]);
  });
  test("when they are added or replaced later, too", () => {
    const tree = new Tree() as Tree & Record<string, unknown>;
    tree.later = new Leaf();
    (tree as { list: unknown }).list = [];
    expect(names(tree.namedParameters())).toEqual(["p1", "b.p2", "b.c.p3", "later.p3"]);
  });
  test("once, under the first name, when they are shared", () => {
    class Shared extends Module {
      readonly first: Linear = new Linear(2, 2, { bias: false });
      readonly second: Linear = this.first;
      readonly tied: Parameter = this.first.weight;
    }
    const shared = new Shared();
    expect([...shared.namedParameters()]).toEqual([["tied", shared.tied]]);
    expect(names(shared.namedModules())).toEqual(["", "first"]);
  });
  test("but not those that are #private, nor tensors that are no members", () => {
    class Secret extends Module {
      readonly #hidden: Parameter = new Parameter([1]);
      readonly shown: Parameter = new Parameter(this.#hidden);
    }
    expect(names(new Secret().namedParameters())).toEqual(["shown"]);
    expect(names(new Tree().namedBuffers())).toEqual([]);
  });
});

test("parameters get the names of their fields, unless they have one", () => {
  class Named extends Module {
    readonly weight: Parameter = new Parameter([1]);
    readonly other: Parameter = new Parameter([1], { name: "mine" });
  }
  expect(Array.from(new Named().parameters(), ({ name }) => name)).toEqual(["weight", "mine"]);
});

describe("addParameter and addModule", () => {
  test("register under a name made at run time", async () => {
    const tree = new Tree();
    const added = tree.addParameter(`p${1 + 3}`, tensor([4, 4]));
    tree.addModule("leaf", new Leaf());
    expect(names(tree.namedParameters()).slice(0, 2)).toEqual(["p1", "p4"]);
    expect(names(tree.namedParameters()).at(-1)).toBe("leaf.p3");
    expect(added).toBeInstanceOf(Parameter);
    expect(added.name).toBe("p4");
    expect(await added.toArray()).toEqual([4, 4]);
  });
  test.each(["", "a.b", "forward2.x", "train", "parameters"])("refuse the name %j", (name) => {
    expect(() => new Tree().addParameter(name, [1])).toThrow(
      `Tree: "${name}" is no name for a member`,
    );
  });
});

describe("a field that was seen to hold a member", () => {
  class Statistics extends Module {
    mean: Buffer = new Buffer([0, 0]);
    weight: Parameter = new Parameter([1, 1]);
  }
  const assign = (target: object, name: string, value: unknown): void => {
    (target as Record<string, unknown>)[name] = value;
  };

  test("takes a tensor as its next value and stays what it is", async () => {
    const module = new Statistics();
    const [mean, weight] = [module.mean, module.weight];
    expect(names(module.namedBuffers())).toEqual(["mean"]);
    assign(module, "mean", tensor([3, 4]));
    assign(module, "weight", tensor([5, 6]));
    expect(module.mean).toBe(mean);
    expect(module.weight).toBe(weight);
    expect(await module.mean.toArray()).toEqual([3, 4]);
    expect(await module.weight.toArray()).toEqual([5, 6]);
    expect(module.weight.requiresGrad).toBe(true);
    expect(names(module.namedParameters())).toEqual(["weight"]);
  });
  test("is replaced by another member, which is then found", async () => {
    const module = new Statistics();
    expect(names(module.namedBuffers())).toEqual(["mean"]);
    const other = new Buffer([7]);
    module.mean = other;
    expect([...module.buffers()]).toEqual([other]);
    assign(module, "mean", tensor([8]));
    expect(module.mean).toBe(other);
    expect(await other.toArray()).toEqual([8]);
  });
  test("keeps its value when the new one has another shape", async () => {
    const module = new Statistics();
    expect([...module.buffers()]).toHaveLength(1);
    expect(() => assign(module, "mean", tensor([1, 2, 3]))).toThrow("assign: [3] and [2]");
    expect(await module.mean.toArray()).toEqual([0, 0]);
  });
});

test("train and eval reach every module, and only the tree they are called on", () => {
  const tree = new Tree();
  const modes = (): boolean[] => Array.from(tree.modules(), ({ training }) => training);
  expect(tree.eval()).toBe(tree);
  expect(modes()).toEqual([false, false, false, false, false]);
  tree.b.train();
  expect(modes()).toEqual([false, true, true, false, false]);
  tree.train(false);
  expect(modes()).toEqual([false, false, false, false, false]);
});

test("a module prints as an indented tree", () => {
  const block = new Sequential(new Linear(2, 3), relu, new Sequential(new Dropout(0.1)));
  expect(String(block)).toBe(
    [
      "Sequential(",
      "  (0): Linear(2 → 3)",
      "  (1): Activation(relu)",
      "  (2): Sequential(",
      "    (0): Dropout(0.1)",
      "  )",
      ")",
    ].join("\n"),
  );
  expect(inspect(block)).toBe(String(block));
  expect(String(new Leaf())).toBe("Leaf()");
});

describe("a module that contains itself is an error", () => {
  class Loop extends Module {
    readonly child: Leaf & { parent?: Module } = new Leaf();
    constructor() {
      super();
      this.child.parent = this;
    }
  }
  test.each([
    ["parameters", (m: Module) => [...m.parameters()]],
    ["modules", (m: Module) => [...m.modules()]],
    ["train", (m: Module) => m.train()],
    ["eval", (m: Module) => m.eval()],
    ["printing", (m: Module) => String(m)],
  ])("from %s", (_, use) => {
    expect(() => use(new Loop())).toThrow(
      'Loop: "child.parent" is one of the modules that it is inside of',
    );
  });
  test("from an array, too", () => {
    class Ring extends Module {
      readonly items: Module[] = [this];
    }
    expect(() => [...new Ring().parameters()]).toThrow('Ring: "items.0" is one of the modules');
  });
});

test("an error from deep inside shows the line that asked, first of those outside the library", () => {
  class Node extends Module {
    next: Module | null = null;
  }
  const chain = Array.from({ length: 12 }, () => new Node());
  for (const [i, node] of chain.entries()) node.next = chain[(i + 1) % 12] as Node;
  const ask = (): unknown => [...(chain[0] as Node).parameters()];
  const stack = ((): string => {
    try {
      return String(ask());
    } catch (error) {
      return (error as Error).stack ?? "";
    }
  })();
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const outside = frames.findIndex(
    (line) => /file:|\//.test(line) && !/\/packages\/[a-z]+\/src\//.test(line),
  );
  expect(outside).toBeGreaterThan(10);
  expect(frames[outside]).toMatch(/at ask .*module\.test\.ts/);
});

describe("a parameter", () => {
  test("has values of its own, whatever it was made of", async () => {
    const source = tensor([1, 2], { requiresGrad: true });
    const parameter = new Parameter(source.mul(2));
    source.assign(tensor([9, 9]));
    expect(await parameter.toArray()).toEqual([2, 4]);
    parameter.mul(3).sum().backward();
    expect(source.grad).toBeNull();
    expect(await parameter.grad?.toArray()).toEqual([3, 3]);
  });
  test("leaves the tensor it was made of as it was", async () => {
    const source = tensor([1, 2]);
    const parameter = new Parameter(source);
    expect(source.mul(2).requiresGrad).toBe(false);
    parameter.assign(tensor([5, 6]));
    expect(await source.toArray()).toEqual([1, 2]);
  });
  test("goes on with another value after update", async () => {
    const parameter = new Parameter([1, 2]);
    expect(parameter.update(tensor([3, 4]))).toBe(parameter);
    parameter.mul(parameter).sum().backward();
    expect(await parameter.toArray()).toEqual([3, 4]);
    expect(await parameter.grad?.toArray()).toEqual([6, 8]);
  });
  test("must be of numbers that have gradients", () => {
    expect(() => new Parameter(tensor([1], { dtype: "i32" }))).toThrow("i32");
  });
});
