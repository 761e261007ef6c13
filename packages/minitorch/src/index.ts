/**
 * Everything, in one import: what each package exports.
 *
 * Where two packages have one name, the higher one's is meant, and said so here: `where` is of
 * tensors (of numbers it is `operators.where`), `noGrad` too, a `Linear` is a layer, `compile` and
 * `customFunction` take functions of tensors.
 */
import "./default-backend.ts";

export * from "@mt/autodiff";
export { Scalar } from "@mt/autodiff";
export * from "@mt/backend";
export * from "@mt/backend-cpu-threads";
export * from "@mt/datasets";
export * from "@mt/nn";
export { Buffer, Linear } from "@mt/nn";
export * from "@mt/operators";
export * from "@mt/tensor";
export {
  type Argument,
  type CustomFunction,
  compile,
  customFunction,
  enableGrad,
  type Index,
  noGrad,
  where,
} from "@mt/tensor";
export {
  Crossover,
  type CrossoverPoint,
  type CrossoverRow,
  measureCrossover,
} from "./crossover.ts";
export { useBackend } from "./use-backend.ts";
