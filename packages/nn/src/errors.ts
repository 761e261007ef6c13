/**
 * Module 4.19 — The errors of networks: what was asked of which module, loss or optimizer, why not,
 * and what to do.
 */
import { deepStack } from "@mt/operators";
import { type Shape, ShapeError } from "@mt/tensor";

/** A module, loss or optimizer was put together or used in a way that cannot work. */
export class ModuleError extends Error {
  override readonly name = "ModuleError";
  declare readonly code: "structure" | "value" | "gradient" | "state";
  /** The module, function or optimizer in question. */
  declare readonly subject: string;
  constructor(code: ModuleError["code"], subject: string, message: string) {
    super(`${subject}: ${message}`);
    this.code = code;
    this.subject = subject;
    deepStack(this);
  }
}

const show = (shape: Shape): string => `[${shape.join(", ")}]`;

/** What a wrong value looks like in a message. */
function described(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function")
    return `the ${/^class\b/.test(String(value)) ? "class" : "function"} ${value.name || "(no name)"}`;
  if (typeof value !== "object" || value === null) return String(value);
  return `an object (${value.constructor?.name ?? "no class"})`;
}
const oneOf = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

export const noOptions = (subject: string, value: unknown, names: readonly string[]): ModuleError =>
  new ModuleError(
    "value",
    subject,
    `the options are ${described(value)}; give an object such as { ${names[0]}: … }.`,
  );

export const unknownOption = (
  subject: string,
  name: string,
  meant: string | undefined,
  names: readonly string[],
): ModuleError =>
  new ModuleError(
    "value",
    subject,
    `there is no option "${name}". ` +
      `${meant ? `It is called "${meant}" here; there` : "There"} are ${oneOf(names)}.`,
  );

export const unknownReduction = (
  subject: string,
  value: unknown,
  names: readonly string[],
): ModuleError => badSetting(subject, "reduction", described(value), `one of ${oneOf(names)}`);

/** How what was given becomes a layer. */
const remedyFor = (value: unknown): string => {
  if (Array.isArray(value)) return "Give its layers one by one: new Sequential(...layers).";
  if (typeof value !== "function") return "Give modules with a method forward, and operators.";
  return /^class\b/.test(String(value))
    ? `Make one: new ${value.name || "Layer"}(…).`
    : "It has no derivative: use the operator of that name from @mt/operators, or define one with " +
        "defineOperator.";
};

export const notALayer = (subject: string, what: string, value: unknown): ModuleError =>
  new ModuleError(
    "structure",
    subject,
    `${what} is ${described(value)}, neither a layer nor an operator. ${remedyFor(value)}`,
  );

export const containsItself = (subject: string, path: string): ModuleError =>
  new ModuleError(
    "structure",
    subject,
    `"${path}" is one of the modules that it is inside of, so the tree has no end. Keep such a ` +
      "reference in a #private field, or pass the module as an argument.",
  );

export const badName = (subject: string, name: string): ModuleError =>
  new ModuleError(
    "structure",
    subject,
    `"${name}" is no name for a member: it must not be empty, hold a dot or name a method.`,
  );

export const badSetting = (
  subject: string,
  what: string,
  value: unknown,
  rule: string,
): ModuleError =>
  new ModuleError("value", subject, `${what} is ${String(value)}; it must be ${rule}.`);

export const notASchedule = (subject: string, reason: string): ModuleError =>
  new ModuleError("value", subject, reason);

export const wrongFeatures = (subject: string, shape: Shape, features: number): ShapeError =>
  new ShapeError(
    subject,
    [shape],
    `${show(shape)} must end in an axis of ${features}, the layer's inputs. ` +
      "Make the layer for what comes in, or bring that into shape with Flatten or reshape().",
  );

export const wrongTargets = (subject: string, logits: Shape, targets: Shape): ShapeError =>
  new ShapeError(
    subject,
    [logits, targets],
    `scores ${show(logits)} with targets ${show(targets)}: give a class index for each row, ` +
      `${show(logits.slice(0, -1))}, or a probability for each class, ${show(logits)}.`,
  );

export const differentShapes = (subject: string, x: Shape, y: Shape): ShapeError =>
  new ShapeError(
    subject,
    [x, y],
    `predictions ${show(x)} and targets ${show(y)} must have the same shape: broadcasting here ` +
      "would compare every prediction with every target. Use reshape() or unsqueeze().",
  );

export const noParameters = (subject: string): ModuleError =>
  new ModuleError(
    "value",
    subject,
    "there is nothing to optimize: the list of parameters is empty. Pass model.parameters().",
  );

export const noListOfParameters = (subject: string, value: unknown, remedy: string): ModuleError =>
  new ModuleError(
    "value",
    subject,
    `takes a list of parameters and was given ${described(value)}. ${remedy}`,
  );

export const notAGradient = (subject: string, parameter: string, value: unknown): ModuleError =>
  new ModuleError(
    "gradient",
    subject,
    `the gradient of ${parameter} is ${described(value)}. Set grad to a tensor of the ` +
      "parameter's shape, or to null for none.",
  );

export const wrongGradient = (
  subject: string,
  parameter: string,
  shape: Shape,
  gradient: Shape,
): ShapeError =>
  new ShapeError(
    subject,
    [shape, gradient],
    `${parameter} is ${show(shape)} and its gradient is ${show(gradient)}; they must have the ` +
      "same shape. Set grad to a tensor of that shape, or leave it to backward().",
  );

export const notAParameter = (subject: string, index: number, reason: string): ModuleError =>
  new ModuleError(
    "gradient",
    subject,
    `entry ${index} of the parameters ${reason}. Pass Parameters, or tensors made with ` +
      "{ requiresGrad: true }.",
  );

export const wrongState = (subject: string, reason: string): ModuleError =>
  new ModuleError(
    "state",
    subject,
    `the state does not belong here: ${reason}. Load what state() of an optimizer of the same ` +
      "kind, for the same parameters, gave.",
  );
