/**
 * The page: what is chosen starts a run, and each frame shows one more epoch of it.
 */
import { wide } from "@mt-examples/points/recipe";
import { type Run, start } from "@mt-examples/points/train";
import { type PointSetName, pointSetNames, registerBackend } from "minitorch";
import { drawCurve } from "./curve.ts";
import { deviceOf, devices } from "./devices.ts";
import { drawPicture, grid } from "./picture.ts";

const points = 50;

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
let run: Run | null = null;
let losses: number[] = [];
let milliseconds = 0;
/** Whoever begins, starts or stops takes a turn; what belongs to an earlier one ends. */
let turn = 0;
let going = false;

function take(goes: boolean): number {
  going = goes;
  say("go", going ? "Stop" : "Start");
  return ++turn;
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

async function draw({ engine, set }: Run): Promise<void> {
  const atGrid = await engine.probabilities(grid);
  drawPicture(context, atGrid, set, await engine.probabilities(set.points));
  drawCurve(curve, losses);
}

/** Another network, other points: as they are before training. */
async function begin(): Promise<void> {
  const mine = take(false);
  const name = dataset.value as PointSetName;
  const recipe = wide[name];
  const backend = await deviceOf(device.value);
  if (mine !== turn) return;
  registerBackend(backend); // where tensors are made from now on
  const fresh = await start({ dataset: name, points, seed, engine: "tensor", recipe });
  if (mine !== turn) return;
  run = fresh;
  [losses, milliseconds] = [[], 0];
  say("neurons", recipe.hidden);
  say("notice", devices[device.value]?.notice() ?? "");
  say("status", "");
  for (const id of ["epoch", "right", "loss", "time"]) say(id, "–");
  await draw(fresh);
}

/** An epoch a frame, until all points are right or someone takes another turn. */
async function train(chosen: Run): Promise<void> {
  const mine = take(true);
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
device.append(...Object.entries(devices).map(([name, { title }]) => new Option(title, name)));
dataset.onchange = trying(begin);
device.onchange = trying(begin);
element<HTMLButtonElement>("again").onclick = trying(() => {
  seed++;
  return begin();
});
go.onclick = trying(async () => {
  if (going) take(false);
  else if (run) await train(run);
});
void trying(begin)();
