/**
 * Module 3.52 — `@mt/backend/testing`: for authors of devices.
 */
export type { Access } from "./testing/access.ts";
export type { Cell, Outcome } from "./testing/account.ts";
export {
  type Chapter,
  type ConformanceOptions,
  conform,
  conformance,
  type Runner,
  testBackend,
} from "./testing/conformance.ts";
export { compareTrial, Difference } from "./testing/difference.ts";
export { type Allowance, exact, mustMatch } from "./testing/distance.ts";
export { type Column, elementwise } from "./testing/elementwise.ts";
export type { Law, Subject } from "./testing/law.ts";
export { type Failure, type LawReport, type Report, reportText } from "./testing/report.ts";
export { argumentsOf, floatPrimitives, samplesOf, worstOf } from "./testing/samples.ts";
export type { Accuracy, Statement } from "./testing/statement.ts";
export {
  decode,
  encode,
  mark,
  runTrial,
  type Trial,
  type TrialSlot,
  trialText,
} from "./testing/trial.ts";
