/**
 * Module 4.7a — Options that do not exist.
 *
 * A name that nobody reads would silently leave the default in place, and code that comes from
 * PyTorch brings such names along: they are an error that says how the option is called here.
 */
import { noOptions, unknownOption } from "./errors.ts";

/** What PyTorch, or habit, calls an option. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["lr", "rate"],
  ["learningRate", "rate"],
  ["learning_rate", "rate"],
  ["eps", "epsilon"],
  ["weight_decay", "weightDecay"],
  ["reduce", "reduction"],
]);

/** @throws ModuleError unless `options` is an object with no other options than `names`. */
export function checkOptions<O extends object>(
  subject: string,
  options: O,
  names: readonly (keyof O & string)[],
): void {
  const given: unknown = options;
  if (typeof given !== "object" || given === null) throw noOptions(subject, given, names);
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(names as readonly string[]).includes(name)) {
      const meant = elsewhere.get(name) as (typeof names)[number];
      throw unknownOption(subject, name, names.includes(meant) ? meant : undefined, names);
    }
}
