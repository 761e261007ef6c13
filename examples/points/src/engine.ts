/**
 * What trains the network: number by number, or whole arrays at a time.
 */
import type { LayerStart, Recipe } from "./recipe.ts";

export interface Examples {
  readonly count: number;
  /** x₁ and x₂ of each. `[count, 2]` */
  readonly points: Float32Array;
  /** 0 or 1 for each. `[count]` */
  readonly labels: Uint8Array;
}

/** How the network did on each batch, before the step that learned from it. */
export interface Totals {
  /** The sum of −log p(right class). */
  readonly loss: number;
  /** How many points were classified right. */
  readonly right: number;
}

export interface Engine {
  /** One update on these points. It tells nothing, so that nothing has to wait for its numbers. */
  step(batch: Examples): void;
  /** What the steps since the last call add up to. */
  totals(): Promise<Totals>;
  /** The probability of label 1, for points `[count, 2]`. */
  probabilities(points: Float32Array): Promise<Float32Array>;
}

export type MakeEngine = (layers: readonly LayerStart[], recipe: Recipe) => Engine;
