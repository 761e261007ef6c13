/**
 * The page: what is chosen starts a run, and each frame shows one more epoch of it.
 */
import { wide } from "@mt-examples/points/recipe";
import { type Run, start } from "@mt-examples/points/train";
import { type PointSetName, pointSetNames, useBackend } from "minitorch";
import { drawCurve } from "./curve.ts";
import { type Device, devicesHere } from "./devices.ts";
import { drawPicture, grid } from "./picture.ts";

const points = 50;
const devices = await devicesHere();

const element = <T extends Element>(id: string): T => document.querySelector(`#${id}`) as T;
const say = (id: string, text: string | number): void => {
  element(id).textContent = String(text);
};
const [dataset, device] = ["dataset", "device"].map((id) => element<HTMLSelectElement>(id)) as [
  HTMLSelectElement,
  HTMLSelectElement,
];
const go = element<HTMLButtonElement>("go");
const context = element<HTMLCanvasElement>("picture").getContext("2d") as CanvasRenderingContext2D;
const curve = element<SVGSVGElement>("curve");

let seed = 0;
/** What the page shows; another one may be about to begin. */
let run: Run | null = null;
let begun: Promise<void> = Promise.resolve();
let losses: number[] = [];
let milliseconds = 0;
/** Whoever begins, starts or stops takes a turn: training of an earlier one ends. */
let turn = 0;
let going = false;

function take(goes: boolean): number {
  going = goes;
  say("go", going ? "Stop" : "Start");
  return ++turn;
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

async function draw(shown: Run): Promise<void> {
  const { engine, set } = shown;
  const atGrid = await engine.probabilities(grid);
  const atPoints = await engine.probabilities(set.points);
  if (run !== shown) return;
  drawPicture(context, atGrid, set, atPoints);
  drawCurve(curve, losses);
}

/** Another network, other points, as they are chosen now. */
async function prepare(): Promise<void> {
  const name = dataset.value as PointSetName;
  const recipe = wide[name];
  const { notice } = devices.get(device.value) as Device;
  await useBackend(device.value); // tensors live there from now on
  run = await start({ dataset: name, points, seed, engine: "tensor", recipe });
  [losses, milliseconds] = [[], 0];
  say("neurons", recipe.hidden);
  say("notice", notice);
  say("status", "");
  for (const id of ["epoch", "right", "loss", "time"]) say(id, "–");
  await draw(run);
}

/** One after the other, so that what is chosen meanwhile counts. */
function begin(): Promise<void> {
  take(false);
  begun = begun.catch(() => undefined).then(prepare);
  return begun;
}

/** An epoch a frame, until all points are right or someone takes another turn. */
async function train(): Promise<void> {
  const mine = take(true);
  await begun;
  const chosen = run as Run;
  while (mine === turn) {
    const before = performance.now();
    const { value: report, done } = await chosen.epochs.next();
    if (run !== chosen) return;
    if (done) {
      take(false);
      say("status", `Trained in ${(milliseconds / 1000).toFixed(1)} s, drawing not counted.`);
      return;
    }
    milliseconds += performance.now() - before;
    losses.push(report.loss);
    say("epoch", report.epoch);
    say("right", `${report.right}/${points}`);
    say("loss", report.loss.toFixed(3));
    say("time", (milliseconds / losses.length).toFixed(1));
    await draw(chosen);
    await frame();
  }
}

/** What goes wrong is said in the page. */
const trying = (act: () => Promise<void>) => () =>
  act().catch((error: unknown) => {
    take(false);
    say("status", error instanceof Error ? error.message : String(error));
  });

dataset.append(...pointSetNames.map((name) => new Option(name)));
dataset.value = "circle";
device.append(...Array.from(devices, ([name, { title }]) => new Option(title, name)));
dataset.onchange = trying(begin);
device.onchange = trying(begin);
element<HTMLButtonElement>("again").onclick = trying(() => {
  seed++;
  return begin();
});
go.onclick = trying(async () => {
  if (going) take(false);
  else await train();
});
void trying(begin)();
