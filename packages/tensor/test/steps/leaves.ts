/** Module 2 — Steps of random programs: where elements come from. */
import { isFloat } from "@mt/operators";
import { iota } from "../../src/graph/record.ts";
import { full, getBackend, Tensor, tensor } from "../../src/index.ts";
import { dims } from "../../src/shape.ts";
import { type Action, dtypeOf, sizeOf } from "../values.ts";

/** Elements from the host. */
export const dataStep: Action = (p, c, manner) => {
  const shape = p.shape(c);
  p.add(p.leaf(c, shape, dtypeOf(c, manner)), 6);
};

/** 0, 1, 2, … in some shape; or one number everywhere. */
export const countStep: Action = (p, c, manner) => {
  const shape = p.shape(c);
  if (c.once(2)) {
    const dtype = dtypeOf(c, manner);
    const value = c.below(9) - (isFloat(dtype) ? 4 : 0);
    return p.add(full(shape, value, { dtype }), 8);
  }
  const { recorder } = tensor(0, { backend: getBackend() }).node;
  p.add(new Tensor(iota(dims(shape), c.pick(["i32", "i32", "u32"]), recorder)), sizeOf(shape));
};
