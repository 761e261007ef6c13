/**
 * Module 3.35 — `@mt/backend/testing`: for authors of devices.
 */
export {
  type Chapter,
  type ConformanceOptions,
  conform,
  conformance,
  type Failure,
  type Runner,
  testBackend,
} from "./testing/conformance.ts";
export type { Conditions, Law, Subject } from "./testing/law.ts";
export {
  compareTrial,
  Difference,
  decode,
  encode,
  exact,
  mark,
  runTrial,
  type Tolerance,
  type Trial,
  type TrialSlot,
  trialText,
} from "./testing/trial.ts";
