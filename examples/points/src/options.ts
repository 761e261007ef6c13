/**
 * The command line. What is not given comes from the engine's recipe for the data set.
 */
import { type PointSetName, pointSetNames } from "@mt/datasets";
import { Command, InvalidArgumentError, Option } from "commander";
import { engineNames, recipesOf } from "./engines.ts";
import type { OptimizerName, Recipe } from "./recipe.ts";

export interface Options {
  readonly dataset: PointSetName;
  readonly points: number;
  readonly seed: number;
  readonly engine: string;
  readonly recipe: Recipe;
}

const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number ≥ ${least}.`);
    return value;
  };

function rate(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("It must be a number > 0.");
  return value;
}

interface Flags extends Partial<Recipe> {
  readonly dataset: PointSetName;
  readonly points: number;
  readonly seed: number;
  readonly engine: string;
}

/** The flags, without what follows from them; exported for tests, which catch its exits. */
export function command(): Command {
  const optimizers: readonly OptimizerName[] = ["sgd", "adam"];
  return new Command("points")
    .description("Trains a small network to separate points in the plane.")
    .addOption(
      new Option("--dataset <name>", "set of points").choices(pointSetNames).default("xor"),
    )
    .option("--points <n>", "how many points", wholeNumber(1), 50)
    .option("--hidden <n>", "neurons in each hidden layer", wholeNumber(1))
    .option("--rate <x>", "learning rate", rate)
    .option("--epochs <n>", "epochs at most", wholeNumber(1))
    .option("--batch <n>", "points per step", wholeNumber(1))
    .addOption(new Option("--optimizer <name>", "how to step").choices(optimizers))
    .option("--seed <n>", "for points, weights and order", wholeNumber(0), 0)
    .addOption(
      new Option("--engine <name>", "what computes").choices(engineNames).default("scalar"),
    )
    .addHelpText(
      "after",
      "\nThe engine's recipe gives what is left out: on scalars 10 neurons, sgd at 0.5 on all points\n" +
        "at once; on tensors 100 neurons, sgd at 0.05 in batches of 10; for the spirals always 50\n" +
        "neurons, adam at 0.01 in batches of 10.",
    )
    .allowExcessArguments(false);
}

/** Reads the command line; on a mistake it says which and ends the program with exit code 2. */
export function readOptions(
  arguments_: readonly string[],
  program: Command = command().exitOverride(({ exitCode }) => process.exit(exitCode && 2)),
): Options {
  const flags = program.parse(arguments_, { from: "user" }).opts<Flags>();
  const { dataset, points, seed, engine, ...changes } = flags;
  return { dataset, points, seed, engine, recipe: { ...recipesOf(engine)[dataset], ...changes } };
}
