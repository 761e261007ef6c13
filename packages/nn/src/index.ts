export { Activation, LogSoftmax, Softmax } from "./activation.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { Conv1d, Conv2d, type ConvOptions } from "./convolution.ts";
export { Dropout, type DropoutOptions, dropout } from "./dropout.ts";
export { ModuleError } from "./errors.ts";
/** Initial values, as a namespace: `init.kaimingNormal([64, 32])`. */
export * as init from "./init.ts";
export type { Layer, LayerOptions } from "./layer.ts";
export { Linear } from "./linear.ts";
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  type LossOptions,
  l1Loss,
  mseLoss,
  nllLoss,
} from "./losses.ts";
export { Module } from "./module.ts";
export { type Memory, Optimizer, type OptimizerState } from "./optimizer.ts";
export { Buffer, Parameter } from "./parameter.ts";
export { AvgPool2d, MaxPool2d } from "./pooling.ts";
export { cosineSchedule, type Schedule, stepSchedule, warmup } from "./schedules.ts";
export { Flatten, Sequential } from "./sequential.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
