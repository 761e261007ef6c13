export {
  canGenerateCode,
  compile,
  emitJavaScript,
  evaluateCall,
  interpret,
  literal,
} from "./compile.ts";
export { differentiate } from "./derivative.ts";
export * from "./dtype.ts";
export * from "./errors.ts";
export {
  type Argument,
  argument,
  type Call,
  type Constant,
  constant,
  type Expr,
  node,
  type Operand,
  postorder,
  substitute,
  walk,
} from "./expression.ts";
export { addLists, map, negList, prod, reduce, sum, zipWith } from "./functional.ts";
export { type Lowering, lower, lowerings } from "./lowerings.ts";
export { installMethods } from "./methods.ts";
export { defineMonoid, type Monoid, monoids } from "./monoids.ts";
export {
  binary,
  defineOperator,
  type Operator,
  type OperatorOptions,
  type Pullback,
  primitive,
  ternary,
  unary,
  writtenLater,
} from "./operator.ts";
export * from "./operators.ts";
/** The table itself: what tensors and Scalars make their methods of. */
export * as operators from "./operators.ts";
export { maximum as max, minimum as min } from "./operators.ts";
export { cast, type Primitive, settle, type Typing } from "./primitive.ts";
export { call, costOfPrimitive, primitives, rowOf } from "./primitives.ts";
export { print, printDerivative } from "./print.ts";
export { Random } from "./random.ts";
export { expand, retype } from "./retype.ts";
export { normal, randomBits, randomBits1, threefry2x32, uniform } from "./threefry.ts";
