export { backpropagate, type Variable } from "./backpropagate.ts";
export { centralDifference } from "./central-difference.ts";
export { Context, type CustomFunction, customFunction } from "./custom-function.ts";
export { derivatives } from "./derivatives.ts";
export { AutodiffError } from "./errors.ts";
export { isRecording, noGrad } from "./no-grad.ts";
export { type Rule, Scalar, type ScalarOptions } from "./scalar.ts";
export { ScalarSGD } from "./scalar-sgd.ts";
export { type GraphNode, topologicalOrder } from "./topological-order.ts";
