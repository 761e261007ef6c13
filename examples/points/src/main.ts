/**
 * MiniTorch's trainer: `node --conditions=@mt/source src/main.ts --dataset circle`.
 */
import { styleText } from "node:util";
import { readOptions } from "./options.ts";
import { grid, type Paint, picture } from "./picture.ts";
import { countRight, start } from "./train.ts";

const options = readOptions(process.argv.slice(2));
const { dataset, points, seed, recipe } = options;
const { set, engine, epochs } = await start(options);

console.log(
  `${dataset}: ${points} points, 2 → ${recipe.hidden} → ${recipe.hidden} → 1, ` +
    `${recipe.optimizer} at ${recipe.rate}, ${options.engine} engine, seed ${seed}`,
);

const width = String(recipe.epochs).length;
const every = Math.max(1, Math.floor(recipe.epochs / 20));
const begin = performance.now();
let last = { epoch: 0, loss: 0 };
for await (const report of epochs) {
  const { epoch, loss, right } = report;
  last = report;
  if (epoch % every === 0 || epoch === 1)
    console.log(
      `epoch ${String(epoch).padStart(width)}/${recipe.epochs}` +
        `  loss ${loss.toFixed(4)}  right ${right}/${points}`,
    );
}
const seconds = (performance.now() - begin) / 1000;

const colored = process.stdout.hasColors?.() ?? false;
const paint: Paint = (formats, text) => styleText(formats, text);
const [atGrid, atPoints] = [
  await engine.probabilities(grid),
  await engine.probabilities(set.points),
];
console.log(`\n${picture(atGrid, set, atPoints, colored ? paint : undefined)}`);
console.log("● label 1   ○ label 0   ✗ wrong\n");

const right = await countRight(engine, set);
if (Number.isNaN(last.loss)) {
  console.error("the loss is not a number: the steps were too large. Try a smaller --rate.");
  process.exitCode = 1;
}
console.log(
  `accuracy ${((100 * right) / points).toFixed(0)} % (${right}/${points}) after ${last.epoch} epochs, ` +
    `${seconds.toFixed(1)} s (${((1000 * seconds) / last.epoch).toFixed(1)} ms per epoch)`,
);
