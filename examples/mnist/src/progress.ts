/**
 * What is seen while it trains: a bar with the time left where somebody watches, and a line for
 * each epoch.
 */
import { SingleBar } from "cli-progress";
import type { Step } from "./train.ts";

export interface Progress {
  /** Takes note of a step. */
  show(step: Step): void;
  /** Clears the bar. */
  end(): void;
}

/** Draws no more often than this, in milliseconds. */
const pause = 100;

/** Writes to `output`; the bar only where that is a terminal. */
export function progress(
  epochs: number,
  stepsPerEpoch: number,
  output: NodeJS.WriteStream,
): Progress {
  const bar = output.isTTY
    ? new SingleBar({
        format: "{bar} {percentage} %  loss {loss}  {eta_formatted} left",
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 30,
        clearOnComplete: true,
        hideCursor: true,
        etaBuffer: 50,
        fps: 1000 / pause,
        stream: output,
      })
    : null;
  bar?.start(epochs * stepsPerEpoch, 0, { loss: "…" });
  let [sum, images, recent] = [0, 0, Number.NaN];
  let begin = performance.now();
  let drawn = begin;

  const endOfEpoch = (epoch: number): void => {
    const seconds = (performance.now() - begin) / 1000;
    const line =
      `epoch ${epoch}/${epochs}  loss ${(sum / images).toFixed(4)}  ` +
      `${images} images in ${seconds.toFixed(1)} s`;
    output.write(`${bar ? "\r\u001b[K" : ""}${line}\n`);
    [sum, images, begin] = [0, 0, performance.now()];
  };

  return {
    show({ epoch, step, count, loss }) {
      sum += loss * count;
      images += count;
      recent = Number.isNaN(recent) ? loss : 0.98 * recent + 0.02 * loss;
      if (step === stepsPerEpoch) endOfEpoch(epoch);
      if (bar && performance.now() - drawn > pause) {
        bar.update((epoch - 1) * stepsPerEpoch + step, { loss: recent.toFixed(3) });
        drawn = performance.now();
      }
    },
    end() {
      bar?.stop();
    },
  };
}
