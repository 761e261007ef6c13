export { enableGrad, noGrad } from "@mt/autodiff";
export {
  type Backend,
  getBackend,
  registerBackend,
  type Shape,
} from "@mt/backend";
export {
  type DType,
  defineOperator,
  type Operator,
  operators,
  type TypedArray,
} from "@mt/operators";
export { Cell, liveNumber } from "./cells.ts";
export { checkpoint } from "./checkpoint.ts";
export { allClose, type Tolerance } from "./closeness.ts";
export { type Compiled, type CompileOptions, compile } from "./compile.ts";
export {
  arange,
  type DataOptions,
  full,
  ones,
  type TensorOptions,
  tensor,
  zeros,
} from "./create.ts";
export { type BatchOf, type CustomFunction, customFunction } from "./custom-function.ts";
export { ShapeError, TensorError } from "./errors.ts";
export type { Nested } from "./format.ts";
export { concat, lerp, type MemoryReport, memory, realize, stack, where } from "./functions.ts";
export { eager } from "./graph/record.ts";
export { eye, linspace, meshgrid, oneHot } from "./grids.ts";
export {
  argsort,
  cummax,
  cummin,
  cumprod,
  cumsum,
  gather,
  indexAdd,
  median,
  put,
  putAlong,
  type Sorted,
  type SortOptions,
  scatter,
  sort,
  take,
  takeAlong,
  topk,
} from "./indexing.ts";
export { AnomalyError, detectAnomaly, type InputRange } from "./inspect/anomaly.ts";
export { type CompareOptions, compareBackends, type Difference } from "./inspect/compare.ts";
export { Explanation, explain } from "./inspect/explain.ts";
export type { Amounts } from "./inspect/measure.ts";
export type { Apart, ArrayReport, KernelReport, ProgramReport } from "./inspect/report.ts";
export { type Span, Trace, trace } from "./inspect/trace.ts";
export { fullLike, onesLike, randLike, randnLike, zerosLike } from "./like.ts";
export { diag, tril, triu } from "./matrices.ts";
export { avgPool2d, conv1d, conv2d, linear, maxPool2d } from "./network.ts";
export { type NormOptions, norm } from "./norm.ts";
export type { ConvolutionOptions, PerAxis } from "./operations/convolution.ts";
export type { Index, Numbers, Range } from "./operations/moves.ts";
export type { PoolingOptions } from "./operations/pooling.ts";
export type { Axes, ReduceOptions, VarianceOptions } from "./operations/reductions.ts";
export type { InterpolateOptions } from "./operations/resample.ts";
export type { Widths } from "./operations/widths.ts";
export { type PadMode, pad } from "./padding.ts";
export { chunk, repeat, repeatInterleave, roll, split, tile } from "./pieces.ts";
export { dot, einsum, outer, tensordot } from "./products.ts";
export {
  bernoulli,
  defaultGenerator,
  Generator,
  manualSeed,
  type RandomOptions,
  rand,
  randint,
  randn,
} from "./random.ts";
export { fold, interpolate } from "./resampling.ts";
export {
  categorical,
  permutation,
  type TruncatedNormalOptions,
  truncatedNormal,
} from "./sampling.ts";
export { maskedSelect, type SelectOptions, type Unique, unique } from "./selecting.ts";
export { Tensor } from "./tensor.ts";
export { grad, valueAndGrad, vjp } from "./transforms.ts";
export { vmap } from "./transforms-batch.ts";
export { hessian, type Jacobian, jacobian, jvp } from "./transforms-forward.ts";
export type { Argument, AxisTree } from "./transforms-trees.ts";
