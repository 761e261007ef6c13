/** What makes one element of many. */
import type { Group } from "../row.ts";

const over = "axes go, or keep 1";
const same = "as x";
export const reductions: Group = {
  title: "Reductions",
  about:
    "The axes given (all without any) go; `keepDims` leaves them with one element. Folds, fused with what makes their elements and with what takes their results; " +
    "several folds over the same axes are one kernel. bool and u8 are summed and multiplied as i32; " +
    "means, lengths and logarithms of integers are f32.",
  rows: [
    ["x.sum(1)", over, "dy, repeated"],
    ["x.prod(1)", over, "dy · the product of all others, right at 0 too"],
    ["x.mean(1)", over, "dy / n, repeated"],
    ["x.var(1)", over, "dy · 2·(x − mean) / (n − correction)"],
    ["x.variance(1)", over, "dy · 2·(x − mean) / (n − correction)"],
    ["x.std(1)", over, "dy · (x − mean) / ((n − correction)·std); 0 where std is 0"],
    ["x.max(1)", over, "dy, in equal shares to the elements that attain it"],
    ["x.min(1)", over, "dy, in equal shares to the elements that attain it"],
    ["x.argmax(1)", "one axis goes, or all", "–"],
    ["x.argmin(1)", "one axis goes, or all", "–"],
    ["x.all(1)", over, "–"],
    ["x.any(1)", over, "–"],
    ["norm(x, 1)", over, "dy · x / norm for p = 2; 0 at the origin"],
    ["norm(x, 1, { p: 3 })", over, "dy · sign(x)·(|x| / norm)ᵖ⁻¹"],
    ["x.logsumexp(1)", over, "dy · softmax(x)"],
    ["median(x, 1)", over, "dy to the element in the middle"],
    ["x.trace()", "`[…, m, n] → […]`", "dy on the diagonal"],
    ["allClose(x, y)", "any two that broadcast, to `[]`", "–"],
  ],
};

export const running: Group = {
  title: "Along an axis",
  about:
    "Of the size they had. A device that has no kernel for running folds computes them in log₂ n " +
    "maps, which may share one, and one that does not sort in a network of log₂ n · (log₂ n + 1) / 2 loops.",
  rows: [
    ["x.softmax(1)", same, "s·(dy − Σ dy·s)"],
    ["x.logSoftmax(1)", same, "dy − eʸ·Σ dy"],
    ["cumsum(x, 1)", same, "the running sum of dy from the other end"],
    ["cumprod(x, 1)", same, "dy through log₂ n products, right at 0 too"],
    ["cummax(x, 1)", same, "dy to the element that attains it, in equal shares"],
    ["cummin(x, 1)", same, "dy to the element that attains it, in equal shares"],
    ["argsort(x, 1)", same, "–"],
    ["sort(x, 1)", "values and positions, as x", "dy, put back where the values stood"],
    [
      "topk(x, 2)",
      "`[…, n] → […, count]`, values and positions",
      "dy, put back where the values stood",
    ],
  ],
};
