/**
 * Module 4.5 — Modules: a tree of parameters with a way to compute.
 *
 * A module is a class with fields. What it owns is found by looking at them whenever somebody asks:
 * Parameters, Buffers, modules, and arrays of these. What was added or replaced later is found too.
 *
 * Assigning to a field registers: a field that holds a Parameter or a Buffer keeps it, and a plain
 * tensor assigned to it (`this.mean = mean`) becomes its next value, as by `assign`. For that a module
 * is made behind a proxy, which sees fields being defined. Assigning another Parameter, a Buffer or
 * anything else replaces the field. Fields that must not be seen are `#private`.
 */
import { Cell, Tensor } from "@mt/tensor";
import { badName, containsItself } from "./errors.ts";
import { Buffer, Parameter } from "./parameter.ts";

/** What a module can own. */
type Member = Parameter | Buffer | Module;
const isMember = (value: unknown): value is Member =>
  value instanceof Parameter || value instanceof Buffer || value instanceof Module;

/** Whether a module is in training: in a cell, so that `compile` sees layers decide by it. */
const modes = new WeakMap<Module, Cell<boolean>>();
const modeOf = (module: Module): Cell<boolean> => modes.get(module) as Cell<boolean>;

export abstract class Module {
  constructor() {
    const module = new Proxy(this, registering);
    modes.set(module, new Cell(true));
    // biome-ignore lint/correctness/noConstructorReturn: fields are defined on what is returned here
    return module;
  }

  // ── what there is ──

  /** Every parameter once, with its dotted name: own first, then those of each child. */
  *namedParameters(): Generator<[name: string, parameter: Parameter]> {
    yield* named(this, Parameter);
  }
  *parameters(): Generator<Parameter> {
    for (const [, parameter] of this.namedParameters()) yield parameter;
  }
  /** State that is not learned, with dotted names. */
  *namedBuffers(): Generator<[name: string, buffer: Buffer]> {
    yield* named(this, Buffer);
  }
  *buffers(): Generator<Buffer> {
    for (const [, buffer] of this.namedBuffers()) yield buffer;
  }
  /** The modules directly inside, with their names. */
  *namedChildren(): Generator<[name: string, child: Module]> {
    for (const [name, member] of members(this)) if (member instanceof Module) yield [name, member];
  }
  *children(): Generator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }
  /** This module (its name is empty) and every one inside it, once each. */
  *namedModules(): Generator<[name: string, module: Module]> {
    yield* walk(this);
  }
  *modules(): Generator<Module> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /** Registers a parameter under a name made at run time; for fixed names, use a field. */
  addParameter(name: string, value: ConstructorParameters<typeof Parameter>[0]): Parameter {
    const parameter = value instanceof Parameter ? value : new Parameter(value, { name });
    return addField(this, name, parameter);
  }
  /** Registers a module under a name made at run time. */
  addModule<M extends Module>(name: string, module: M): M {
    return addField(this, name, module);
  }

  // ── how it behaves ──

  /** Whether layers behave as in training; `train()` and `eval()` set it for the whole tree. */
  get training(): boolean {
    return modeOf(this).value;
  }
  set training(training: boolean) {
    modeOf(this).value = training;
  }

  /** Every module of the tree behaves as in training, or (false) as in use. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }
  /** Every module of the tree behaves as in use: dropout is off. */
  eval(): this {
    return this.train(false);
  }

  // ── how it prints ──

  /** What stands in parentheses after its class: its settings. */
  protected describe(): string {
    return "";
  }
  /** The tree, indented. */
  toString(): string {
    for (const _ of this.modules()); // a module that contains itself has no end to print
    const head = `${this.constructor.name}(${this.describe()}`;
    const lines = Array.from(
      this.namedChildren(),
      ([name, child]) => `  (${name}): ${String(child).replaceAll("\n", "\n  ")}\n`,
    );
    return lines.length === 0 ? `${head})` : `${head}\n${lines.join("")})`;
  }
}

/** What `console.log` shows in Node. */
Object.defineProperty(Module.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Module): string {
    return this.toString();
  },
});

/** The members in the order of their fields; those of an array are named `field.0`, `field.1`, …. */
function* members(module: Module): Generator<[name: string, member: Member]> {
  for (const name of Object.keys(module)) {
    const value = (module as unknown as Record<string, unknown>)[name];
    if (isMember(value)) {
      yield [name, value];
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) if (isMember(item)) yield [`${name}.${i}`, item];
    }
  }
}

function addField<M extends Member>(module: Module, name: string, member: M): M {
  if (name === "" || name.includes(".") || name in Module.prototype)
    throw badName(module.constructor.name, name);
  setField(module, name, member);
  return member;
}

function setField(module: Module, name: string, value: unknown): void {
  const plain = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(module, name, { ...plain, value });
}

const isState = (value: unknown): value is Parameter | Buffer =>
  value instanceof Parameter || value instanceof Buffer;

/** From now on a plain tensor assigned to this field is the member's next value. */
function register(module: Module, name: string, member: Parameter | Buffer): void {
  member.name ||= name;
  Object.defineProperty(module, name, {
    configurable: true,
    enumerable: true,
    get: () => member,
    set(value: unknown) {
      if (isState(value)) register(module, name, value);
      else if (value instanceof Tensor) member.assign(value);
      else setField(module, name, value);
    },
  });
}

const registering: ProxyHandler<Module> = {
  defineProperty(module, name, field) {
    if (typeof name !== "string" || !isState(field.value))
      return Reflect.defineProperty(module, name, field);
    register(module, name, field.value);
    return true;
  },
};

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** Depth first, parents first; a module that is reached twice is visited once. */
function* walk(
  module: Module,
  path = "",
  above: readonly Module[] = [],
  seen: Set<Module> = new Set(),
): Generator<[path: string, module: Module]> {
  const [root = module] = above;
  if (above.includes(module)) throw containsItself(root.constructor.name, path);
  if (seen.has(module)) return;
  seen.add(module);
  yield [path, module];
  for (const [name, child] of module.namedChildren())
    yield* walk(child, joined(path, name), [...above, module], seen);
}

/** Members of one class in the whole tree; a shared one is listed under its first name. */
function* named<M extends Parameter | Buffer>(
  root: Module,
  kind: abstract new (...args: never[]) => M,
): Generator<[name: string, member: M]> {
  const seen = new Set<M>();
  for (const [path, module] of root.namedModules())
    for (const [name, member] of members(module))
      if (member instanceof kind && !seen.has(member)) {
        seen.add(member);
        yield [joined(path, name), member];
      }
}
