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

/** How the network did on a batch, before the step that learned from it. */
export interface StepReport {
  /** The mean of −log p(right class). */
  readonly loss: number;
  /** How many points were classified right. */
  readonly right: number;
}

export interface Engine {
  /** One update on these points. */
  step(batch: Examples): Promise<StepReport>;
  /** The probability of label 1, for points `[count, 2]`. */
  probabilities(points: Float32Array): Promise<Float32Array>;
}

export type MakeEngine = (layers: readonly LayerStart[], recipe: Recipe) => Engine;
