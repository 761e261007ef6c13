/**
 * Module 2.16 — The tensor.
 *
 * A handle on a recorded node. Methods record and return at once; `data`, `item` and `toArray` wait
 * for values. Methods for operators and reductions are made from their own tables: one line there
 * is one more method here, with its documentation.
 */
import { noGrad } from "@mt/autodiff";
import type { Backend, Shape } from "@mt/backend";
import {
  type DType,
  installMethods,
  isFloat,
  type Operator,
  operators,
  type TypedArray,
} from "@mt/operators";
import {
  badDType,
  badValue,
  disposed,
  mismatch,
  needsCotangent,
  noGradient,
  show,
  TensorError,
} from "./errors.ts";
import { format, type Nested, nest } from "./format.ts";
import { endsBackward, pullBack } from "./graph/gradient.ts";
import { type GradientOwner, type Node, Owed } from "./graph/node.ts";
import { probes } from "./graph/probes.ts";
import { alias, cast, expand, fitTo, map, modes, numberLeaf, sameDevice } from "./graph/record.ts";
import type { NodeMethods, OperatorMethods } from "./methods.ts";
import { lift } from "./operations/lift.ts";
import { matmul } from "./operations/matmul.ts";
import * as views from "./operations/moves.ts";
import * as reductions from "./operations/reductions.ts";
import { type Device, release } from "./run/device.ts";
import type { Assignable, Versions } from "./run/program.ts";

export interface Tensor<S extends Shape = Shape>
  extends OperatorMethods<Tensor<S>, Tensor>,
    NodeMethods<typeof views, Tensor>,
    NodeMethods<typeof reductions, Tensor> {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface adds methods made from tables, installed below
export class Tensor<S extends Shape = Shape> implements Disposable, GradientOwner, Assignable {
  #grad: Tensor | Owed<Tensor> | null = null;
  #node: Node;
  #requiresGrad: boolean;
  #versions: Versions | null = null;
  #disposed: boolean = false;

  /** Use `tensor`, `zeros`, … instead. */
  constructor(node: Node, requiresGrad = false) {
    this.#node = node;
    this.#requiresGrad = requiresGrad;
    node.handles++;
    if (requiresGrad) this.#claim(node);
    probes.tape?.made(this, node);
  }

  /** What was recorded. @throws TensorError after `dispose`. */
  get node(): Node {
    if (this.#disposed) throw disposed("read", this.#node.shape.dims);
    probes.tape?.looked(this, this.#node);
    return this.#node;
  }
  get shape(): S {
    return this.#node.shape.dims as S;
  }
  get dtype(): DType {
    return this.#node.dtype;
  }
  get backend(): Backend {
    return this.#node.recorder.backend;
  }
  /** Elements in all. */
  get size(): number {
    return this.#node.shape.size;
  }
  /** Axes. */
  get rank(): number {
    return this.#node.shape.rank;
  }
  /** Whether gradients with respect to it, or through it, are kept track of. */
  get requiresGrad(): boolean {
    return this.#requiresGrad || this.#node.needsGrad;
  }

  #claim(node: Node): void {
    if (!isFloat(node.dtype))
      throw noGradient("requiresGrad", `${node.dtype} tensors have no gradients; use f32 or f64.`);
    node.needsGrad = true;
    node.owner = this;
  }
  /** A value for this tensor: of its shape, on its device, at its dtype. */
  #fitting(operation: string, value: Tensor): Node {
    const { node } = this;
    const other = nodeOf(operation, value);
    if (other.shape !== node.shape)
      throw mismatch(operation, [other.shape.dims, node.shape.dims], "the shapes must be equal");
    sameDevice(operation, [node, other]);
    return cast(other, node.dtype);
  }
  get #device(): Device {
    return this.#node.recorder as Device;
  }

  // ── operators ──

  /**
   * Any operator, your own too: inputs broadcast, numbers are weakly typed.
   * @example
   * const { mul, sigmoid } = operators;
   * const swish = defineOperator("swish", (x, beta) => mul(x, sigmoid(mul(beta, x))));
   * await tensor([0, 1]).map(swish, 2).toArray(); // [0, 0.8807970881462097]
   */
  map(operator: Operator, ...others: readonly (Tensor | number)[]): Tensor {
    if (typeof operator?.arity !== "number")
      throw badValue("map", `${typeof operator} is no operator: defineOperator() makes one.`);
    const operands: (Node | number)[] = [this.node];
    for (const x of others) operands.push(x instanceof Tensor ? x.node : x);
    const { arity, name } = operator;
    if (operands.length !== arity)
      throw badValue(name, `takes ${arity} values and was given ${operands.length}.`);
    return new Tensor(map(operator, lift(name, operands), name));
  }
  /** The same values at another dtype: floats to integers truncate, "not zero" is true. */
  to(dtype: DType): Tensor<S> {
    if (!this.backend.dtypes.has(dtype)) throw badDType("to", dtype, this.backend);
    return new Tensor<S>(cast(this.node, dtype));
  }

  /**
   * Matrix product over the last two axes: `[…, m, k] × […, k, n] → […, m, n]`; leading axes
   * broadcast; vectors are rows on the left and columns on the right.
   * @throws ShapeError if the inner sizes differ.
   * @example
   * await tensor([[1, 2], [3, 4]]).matmul(tensor([[1], [1]])).toArray(); // [[3], [7]]
   */
  matmul(other: Tensor): Tensor {
    return new Tensor(matmul(this.node, (other as Tensor | undefined)?.node as Node));
  }

  // ── gradients ──

  /**
   * Adds ∂this/∂x, times `cotangent`, to `x.grad` for every tensor x it was made from that requires
   * a gradient.
   * @throws TensorError if it has several elements and no cotangent is given.
   */
  backward(cotangent?: Tensor): void {
    const root = this.node;
    if (!root.needsGrad)
      throw noGradient(
        "backward",
        "nothing it was made from requires a gradient (or it was recorded under noGrad). " +
          "Create parameters with { requiresGrad: true }.",
      );
    if (!cotangent && root.shape.size !== 1) throw needsCotangent("backward", root.shape.dims);
    noGrad(() => {
      const dy = cotangent
        ? this.#fitting("backward", cotangent)
        : expand(numberLeaf(1, root.dtype, root.recorder), root.shape);
      const found = pullBack([root], [dy], endsBackward, forget);
      for (const [leaf, dx] of found) leaf.owner?.accumulate(fitTo(dx, leaf.shape));
    });
    root.wanted = true;
  }

  /** Collects what `backward` finds, on tensors that asked for it; null before. */
  get grad(): Tensor | null {
    if (this.#grad instanceof Owed) this.#grad = this.#grad.record();
    probes.tape?.gradientRead(this, this.#grad);
    return this.#grad;
  }
  set grad(gradient: Tensor | Owed<Tensor> | null) {
    probes.tape?.gradientSet(this, this.#grad);
    this.#grad = gradient;
  }

  /** Adds a cotangent to `grad`: what `backward` calls. */
  accumulate(cotangent: Node): void {
    const before = this.grad;
    if (before) {
      // one graph for all micro-batches would be slow to schedule: what there is is computed first
      if (!before.node.value) this.#device.realize([before.node]);
      this.grad = new Tensor(map(operators.add, [before.node, cotangent]));
    } else this.grad = new Tensor(cotangent);
  }

  /** The same values, seen as a constant by differentiation. */
  detach(): Tensor<S> {
    const { node } = this;
    if (!node.needsGrad && (node.value || node.kind === "leaf")) return new Tensor<S>(node);
    return new Tensor<S>(noGrad(() => alias(node))); // consumed by nobody, so the barrier owes it
  }

  /** A copy of its own, computed now: it survives any number of steps. */
  clone(): Tensor<S> {
    const copy = alias(this.node);
    this.#device.realize([copy]);
    return new Tensor<S>(copy);
  }

  /**
   * Replaces the value at the next barrier, into a second buffer. What is recorded from here on sees
   * the new value, what was recorded before the old one.
   */
  assign(value: Tensor): this {
    const { node } = this;
    if (node.needsGrad && node.owner !== this)
      throw noGradient("assign", "only parameters and buffers are assigned, not results.");
    this.adopt(noGrad(() => alias(this.#fitting("assign", value))));
    this.#device.assigns.add(this);
    if (modes.eager) this.#device.realize([]);
    return this;
  }
  /** For `assign`: this node is the next version. */
  adopt(next: Node): void {
    void this.versions; // that the one before is known
    this.#node = next;
    next.handles++;
    if (this.#requiresGrad) this.#claim(next);
  }
  /** For the barrier: where the versions of an assigned tensor live. */
  get versions(): Versions {
    this.#versions ??= { buffers: [], current: this.#node, previous: null };
    return this.#versions;
  }

  /** For the barrier: takes back what was assigned since the last one. */
  revert(to: Node | null = this.versions.current): void {
    this.#node = to ?? this.#node;
  }

  // ── values ──

  /** All elements in row-major order, in host memory. */
  data(): Promise<TypedArray> {
    probes.tape?.refuse("data");
    return Promise.resolve(this.node).then((node) => this.#device.read(node));
  }
  /** The one element. @throws TensorError if there are several. */
  async item(): Promise<number> {
    this.#single("item");
    return (await this.data())[0] as number;
  }
  /** Elements as nested lists; a scalar as a number. */
  async toArray(): Promise<Nested> {
    return nest(await this.data(), this.shape);
  }
  /** `data` at once, on devices that can wait. @throws TensorError on others. */
  dataSync(): TypedArray {
    probes.tape?.refuse("dataSync");
    const found = this.#device.readSync(this.node);
    if (!found)
      throw new TensorError(
        "host",
        "dataSync",
        `"${this.backend.name}" cannot wait: use await data().`,
      );
    return found;
  }
  itemSync(): number {
    this.#single("itemSync");
    return this.dataSync()[0] as number;
  }
  #single(operation: string): void {
    if (this.size !== 1)
      throw mismatch(operation, [this.shape], "needs exactly one element; use data() for several");
  }

  /** Frees its memory now, not when it is collected. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#device.assigns.delete(this);
    const last = --this.#node.handles <= 0; // x.to(x.dtype) and x may be two tensors of one node
    if (last || this.#versions) this.#device.free(this.#node, this.#versions);
  }
  dispose(): void {
    this[Symbol.dispose]();
  }

  /** Showing a tensor never fails for want of its values. */
  #readable(): TypedArray | null {
    try {
      return probes.tape ? null : this.dataSync();
    } catch (error) {
      if (error instanceof TensorError) return null;
      throw error;
    }
  }
  /** Values (where they can be had: not inside `vmap` or `compile`), shape, dtype and device. */
  toString(): string {
    if (this.#disposed) return `Tensor(disposed, shape=${show(this.shape)})`;
    return format(this.#readable(), this.shape, this.dtype, this.backend.name);
  }
}

/** What `console.log` shows in Node. */
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor): string {
    return this.toString();
  },
});

/** One or two values, the common cases, without lists of arguments. */
installMethods<Operator>(Tensor.prototype, operators, (operator) => {
  if (operator.arity === 1)
    return function (this: Tensor) {
      return new Tensor(map(operator, [this.node]));
    };
  return function (this: Tensor, ...others: (Tensor | number)[]) {
    const [other] = others;
    if (others.length !== 1 || !(other instanceof Tensor)) return this.map(operator, ...others);
    return new Tensor(map(operator, [this.node, other.node]));
  };
});

type OfNode = (x: Node, ...rest: unknown[]) => Node;
installMethods<OfNode>(Tensor.prototype, { ...views, ...reductions } as never, (f) => {
  return function (this: Tensor, ...rest: unknown[]) {
    return new Tensor(f(this.node, ...rest));
  };
});

/** After `backward`, the graph above a node that has its value is not needed any more. */
function forget(x: Node): void {
  x.differentiated = true;
  if (x.value) release(x);
}

/** @throws TensorError if it is no tensor, or was disposed. */
export function nodeOf(operation: string, x: Tensor): Node {
  if (x instanceof Tensor) return x.node;
  const given = Array.isArray(x) ? "a list" : String(x);
  throw badValue(operation, `takes a tensor and was given ${given}: tensor() makes one.`);
}
