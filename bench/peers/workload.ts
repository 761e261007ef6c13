/**
 * What the runner is given of a workload: it repeats `step`, compares and times.
 */
export interface Workload {
  /** One whole iteration, finished when it returns. */
  step(): void;
  /** What the last one gave, flat. */
  result(): ArrayLike<number>;
  dispose?(): void;
}
