/**
 * Module 4.14 — Losses: how wrong predictions are, as one number or one for each row.
 *
 * Each is a formula over elements, then a fold; the formulas are operators like any other, written
 * so that no intermediate overflows. Shapes must agree exactly: a silent broadcast here would train
 * on nonsense.
 */
import {
  abs,
  add,
  binary,
  div,
  type Expr,
  eq,
  floor,
  le,
  log,
  logicalAnd,
  lt,
  maximum,
  mul,
  neg,
  type Operator,
  softplus,
  square,
  sub,
  where,
  writtenLater,
} from "@mt/operators";
import { arange, noGrad, type Shape, type Tensor } from "@mt/tensor";
import { differentShapes, unknownReduction, wrongTargets } from "./errors.ts";
import { checkOptions } from "./options.ts";

export interface LossOptions {
  /** What is made of the rows' losses: their mean (default), their sum, or nothing. */
  readonly reduction?: "mean" | "sum" | "none";
}

type Reduction = NonNullable<LossOptions["reduction"]>;
const reductions: { readonly [K in Reduction]: (x: Tensor) => Tensor } = {
  mean: (x) => x.mean(),
  sum: (x) => x.sum(),
  none: (x) => x,
};
/** @throws ModuleError if there is no such reduction, or another option. */
function reductionOf(subject: string, options: LossOptions): (x: Tensor) => Tensor {
  checkOptions(subject, options, ["reduction"]);
  const { reduction = "mean" } = options;
  if (!Object.hasOwn(reductions, reduction))
    throw unknownReduction(subject, reduction, Object.keys(reductions));
  return reductions[reduction];
}

/** −t·log p, and 0 where t is 0 even if p is. */
const weighted: Operator<2> = binary("weighted", (logP, t) =>
  where(eq(t, 0), 0, neg(mul(t, logP))),
);
/**
 * −s in the column of the class, 0 elsewhere; NaN all along for a label that is no class (too
 * great, negative, no whole number), a loss that cannot be overlooked.
 */
const chosen: Operator<4> = writtenLater(
  "chosen",
  (s, label, column, classes) =>
    where(
      logicalAnd(eq(label, floor(label)), logicalAnd(le(0, label), lt(label, classes))),
      where(eq(label, column), neg(s), 0),
      Number.NaN,
    ),
  4,
);

const same = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, k) => n === b[k]);

/** Whether targets are class indices, or else probabilities. @throws ShapeError if neither. */
function areIndices(subject: string, { shape }: Tensor, targets: Tensor): boolean {
  if (shape.length > 0 && same(targets.shape, shape)) return false;
  if (shape.length > 0 && same(targets.shape, shape.slice(0, -1))) return true;
  throw wrongTargets(subject, shape, targets.shape);
}

/** −s of the right class, for scores `[…, classes]`. */
function pick(scores: Tensor, targets: Tensor): Tensor {
  const classes = scores.shape.at(-1) as number;
  const columns = arange(0, classes, 1, { backend: scores.backend });
  return scores.map(chosen, targets.unsqueeze(-1), columns, classes).sum(-1);
}

/**
 * −log of the probability that softmax(logits) gives to the right class, over the last axis.
 * Targets are class indices `[…]`, or a probability for each class `[…, classes]`. A class index
 * that does not exist makes the loss NaN.
 * @throws ShapeError if the targets have neither shape.
 * @example
 * const logits = tensor([[0, 0], [0, 100]]);
 * await crossEntropy(logits, tensor([0, 1]), { reduction: "none" }).toArray(); // [0.6931, 0]
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  const reduced = reductionOf("crossEntropy", options);
  if (!areIndices("crossEntropy", logits, targets))
    return reduced(logits.logSoftmax(-1).map(weighted, targets).sum(-1));
  // log Σ exp(s) − s of the class, with s shifted by a constant so that exp cannot overflow
  const s = logits.sub(noGrad(() => logits.max(-1, { keepDims: true })));
  return reduced(s.exp().sum(-1).log().add(pick(s, targets)));
}

/**
 * The same for log-probabilities: −log p of the right class, over the last axis.
 * @throws ShapeError if the targets are neither indices `[…]` nor probabilities `[…, classes]`.
 * @example
 * await nllLoss(tensor([[-1, -2]]), tensor([1])).item(); // 2
 */
export function nllLoss(logP: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  const reduced = reductionOf("nllLoss", options);
  const indices = areIndices("nllLoss", logP, targets);
  return reduced(indices ? pick(logP, targets) : logP.map(weighted, targets).sum(-1));
}

/** A loss that compares element with element. */
function elementwise(
  subject: string,
  operator: Operator<2>,
): (x: Tensor, y: Tensor, options?: LossOptions) => Tensor {
  return (x, y, options = {}) => {
    const reduced = reductionOf(subject, options);
    if (!same(x.shape, y.shape)) throw differentShapes(subject, x.shape, y.shape);
    return reduced(x.map(operator, y));
  };
}
type ElementLoss = (x: Tensor, y: Tensor, options?: LossOptions) => Tensor;

/**
 * (x − y)², its mean by default.
 * @throws ShapeError if the shapes differ.
 * @example
 * await mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export const mseLoss: ElementLoss = elementwise(
  "mseLoss",
  binary("squaredError", (x, y) => square(sub(x, y))),
);

/**
 * |x − y|, its mean by default.
 * @throws ShapeError if the shapes differ.
 * @example
 * await l1Loss(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export const l1Loss: ElementLoss = elementwise(
  "l1Loss",
  binary("absoluteError", (x, y) => abs(sub(x, y))),
);

const bounded = (p: Expr): Expr => maximum(log(p), -100);

/**
 * −(y·log p + (1 − y)·log(1 − p)) for probabilities p; logarithms stop at −100, as in PyTorch, so
 * that a wrong certainty costs 100 instead of infinity. With logits at hand use the next one.
 * @throws ShapeError if the shapes differ.
 * @example
 * await binaryCrossEntropy(tensor([0.5]), tensor([1])).item(); // 0.6931
 */
export const binaryCrossEntropy: ElementLoss = elementwise(
  "binaryCrossEntropy",
  binary(
    "binaryCrossEntropy",
    (p, y) => neg(add(mul(y, bounded(p)), mul(sub(1, y), bounded(sub(1, p))))),
    // (p − y) / (p·(1 − p)), bounded like the logarithms: right certainties have no gradient
    {
      partials: (_, p, y) => [
        div(sub(p, y), maximum(mul(p, sub(1, p)), 1e-12)),
        sub(bounded(sub(1, p)), bounded(p)),
      ],
    },
  ),
);

/**
 * The same for logits, p = sigmoid(x), without overflow: softplus(x) − x·y.
 * @throws ShapeError if the shapes differ.
 * @example
 * await binaryCrossEntropyWithLogits(tensor([0]), tensor([1])).item(); // 0.6931
 */
export const binaryCrossEntropyWithLogits: ElementLoss = elementwise(
  "binaryCrossEntropyWithLogits",
  binary("binaryCrossEntropyWithLogits", (x, y) => sub(softplus(x), mul(x, y))),
);
