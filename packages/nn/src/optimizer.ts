/**
 * Module 4.15 — Optimizers: how parameters follow their gradients.
 *
 * A step records the new value of every parameter, and of what the optimizer remembers about it,
 * then runs them with the gradients in one program. The rate and the step count enter as numbers of
 * that program: changing them compiles nothing. They are kept in cells, so that `compile` can replay
 * a step.
 */
import { dtypes, isFloat } from "@mt/operators";
import { Cell, liveNumber, noGrad, realize, Tensor, tensor } from "@mt/tensor";
import {
  badSetting,
  noListOfParameters,
  noParameters,
  notAGradient,
  notAParameter,
  wrongGradient,
  wrongState,
} from "./errors.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** What an optimizer remembers about one parameter, by name: tensors of the parameter's shape. */
export type Memory = Readonly<Record<string, Tensor>>;

/** Everything needed to go on from here, with the parameters' own values. */
export interface OptimizerState {
  readonly steps: number;
  /** Steps each parameter took part in. */
  readonly counts: readonly number[];
  readonly rate: number;
  /** In the order of the parameters. */
  readonly memories: readonly Memory[];
}

export abstract class Optimizer {
  declare readonly parameters: readonly Tensor[];
  readonly #rate: Cell;
  readonly #steps: Cell = new Cell(0);
  /** Steps that each parameter took part in: those in which it had a gradient. */
  readonly #counts: readonly Cell[];
  readonly #memories: readonly Memory[];

  /** `remembered` names the tensors kept for each parameter, which start as zeros. */
  constructor(parameters: Iterable<Tensor>, rate: number, remembered: readonly string[]) {
    this.#rate = new Cell(rate);
    this.#check("rate", rate, 0, Infinity);
    this.parameters = [...new Set(listOf(this.constructor.name, parameters))];
    if (this.parameters.length === 0) throw noParameters(this.constructor.name);
    for (const [i, x] of this.parameters.entries()) {
      const wrong = !(x instanceof Tensor)
        ? "is no tensor"
        : !isFloat(x.dtype)
          ? `is ${x.dtype}, which has no gradients`
          : !x.requiresGrad
            ? "requires no gradient"
            : x.node.owner === null
              ? "is the result of an operation"
              : null;
      if (wrong) throw notAParameter(this.constructor.name, i, wrong);
    }
    this.#counts = this.parameters.map(() => new Cell(0));
    this.#memories = this.parameters.map((x) =>
      Object.fromEntries(remembered.map((name) => [name, zerosLike(x)])),
    );
  }

  /** Learning rate; may be set before any step. */
  get rate(): number {
    return this.#rate.value;
  }
  set rate(rate: number) {
    this.#rate.value = rate;
  }
  /** Steps taken. */
  get steps(): number {
    return this.#steps.value;
  }

  /**
   * Moves every parameter that has a gradient, and computes all that is pending.
   * @throws ShapeError if a gradient that was set by hand has not its parameter's shape.
   */
  step(): void {
    this.setting(this.parameters[0] as Tensor, (rate) => {
      this.#check("rate", rate, 0, Infinity); // at each step, replayed or not
      return rate;
    });
    for (const [i, x] of this.parameters.entries()) checkGradient(this.constructor.name, i, x);
    const assigned = [...this.parameters, ...this.#memories.flatMap((m) => Object.values(m))];
    const before = assigned.map((x) => x.node);
    const moved = this.parameters.map((x) => Boolean(x.grad));
    try {
      noGrad(() => {
        for (const [i, x] of this.parameters.entries())
          if (x.grad) this.update(x, x.grad, this.#memories[i] as Memory, this.#counts[i] as Cell);
      });
    } catch (error) {
      // half a step is none: what was assigned so far is taken back
      for (const [i, x] of assigned.entries()) x.revert(before[i]);
      throw error;
    }
    realize(...this.parameters);
    for (const [i, count] of this.#counts.entries()) if (moved[i]) count.advance();
    this.#steps.advance();
  }

  /**
   * Records the assignments of one parameter's step. `steps` holds the number of steps that it took
   * before; numbers made of that, or of the rate, are read by `setting`.
   */
  protected abstract update(x: Tensor, gradient: Tensor, memory: Memory, steps: Cell): void;

  /** A number of the program, beside x, that is made anew of the rate when a step is replayed. */
  protected setting(x: Tensor, of: (rate: number) => number): Tensor {
    return liveNumber(() => of(this.rate), x);
  }

  /** Forgets the gradients; the next `backward` starts from nothing. */
  zeroGrad(): void {
    for (const x of this.parameters) x.grad = null;
  }

  /** The live state; copy (`clone`) its tensors to keep them from changing with the next step. */
  state(): OptimizerState {
    const counts = this.#counts.map((count) => count.value);
    return { steps: this.steps, counts, rate: this.rate, memories: this.#memories };
  }
  /**
   * Goes on from a state: copies its values into this optimizer.
   * @throws ModuleError if it is of another kind of optimizer or for other parameters.
   */
  load({ steps, counts, rate, memories }: OptimizerState): void {
    const subject = this.constructor.name;
    const [have, want] = [memories.length, this.#memories.length];
    if (have !== want) throw wrongState(subject, `it is for ${have} parameters, not ${want}`);
    for (const [i, own] of this.#memories.entries())
      for (const [name, x] of Object.entries(own)) {
        const shape = memories[i]?.[name]?.shape;
        if (String(shape) !== String(x.shape))
          throw wrongState(
            subject,
            `"${name}" of parameter ${i} is ${shape ? `[${shape}]` : "missing"}, not [${x.shape}]`,
          );
      }
    for (const [i, own] of this.#memories.entries())
      for (const [name, x] of Object.entries(own)) x.assign(memories[i]?.[name] as Tensor);
    realize(...this.#memories.flatMap((own) => Object.values(own)));
    this.#steps.value = steps;
    for (const [i, count] of this.#counts.entries()) count.value = counts[i] as number;
    this.rate = rate;
  }

  /** @throws ModuleError unless low ≤ value < high. */
  #check(what: string, value: number, low: number, high: number): void {
    checkSetting(this.constructor.name, what, value, low, high);
  }
}

/** @throws ModuleError for a model, a single tensor, and whatever else is no list. */
function listOf(subject: string, given: Iterable<Tensor>): Iterable<Tensor> {
  const value: unknown = given;
  if (value instanceof Module) throw noListOfParameters(subject, value, "Pass model.parameters().");
  if (value instanceof Tensor) throw noListOfParameters(subject, value, "Pass [x].");
  if (typeof value === "object" && value !== null && Symbol.iterator in value) return given;
  throw noListOfParameters(subject, value, "Pass model.parameters(), or a list of tensors.");
}

/** @throws ModuleError or ShapeError if `grad` was set to what cannot be the gradient of `x`. */
function checkGradient(subject: string, index: number, x: Tensor): void {
  const gradient: unknown = x.grad ?? null;
  if (gradient === null) return;
  if (gradient instanceof Tensor && gradient.shape === x.shape) return;
  const name = x instanceof Parameter && x.name !== "" ? ` ("${x.name}")` : "";
  const parameter = `parameter ${index}${name}`;
  throw gradient instanceof Tensor
    ? wrongGradient(`${subject}.step`, parameter, x.shape, gradient.shape)
    : notAGradient(`${subject}.step`, parameter, gradient);
}

/** @throws ModuleError unless low ≤ value < high. */
export function checkSetting(
  subject: string,
  what: string,
  value: number,
  low: number,
  high: number,
): void {
  if (!(value >= low && value < high))
    throw badSetting(
      subject,
      what,
      value,
      high === Infinity ? `a finite number ≥ ${low}` : `at least ${low} and less than ${high}`,
    );
}

/** Zeros in memory of their own, so that the first step is the same program as the others. */
function zerosLike({ shape, size, dtype, backend }: Tensor): Tensor {
  return tensor(new dtypes[dtype].array(size), { shape, dtype, backend });
}
