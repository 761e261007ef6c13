/** Module 2 — Steps of random programs: moves of every kind, and joining. */
import { concat, stack, type Tensor } from "../../src/index.ts";
import type { Action, Choices } from "../values.ts";
import { someAxes } from "./folds.ts";

const moveSteps: Readonly<Record<string, (x: Tensor, c: Choices) => Tensor | undefined>> = {
  reshape: (x, c) => {
    if (x.size === 0) return x.reshape(0);
    const factors = [7, 5, 3, 2].flatMap((f) => {
      const list: number[] = [];
      for (let n = x.size; n % f === 0; n /= f) list.push(f);
      return list;
    });
    const shape: number[] = new Array(c.below(7)).fill(1);
    let rest = x.size;
    for (const f of shape.length > 0 ? factors : []) {
      const axis = c.below(shape.length);
      shape[axis] = (shape[axis] as number) * f;
      rest /= f;
    }
    return rest === 1 ? x.reshape(shape) : x.reshape(-1);
  },
  permute: (x, c) => {
    const left = x.shape.map((_, k) => k);
    return x.permute(x.shape.map(() => left.splice(c.below(left.length), 1)[0] as number));
  },
  expand: (x, c) =>
    x.expand([
      ...new Array(c.below(2)).fill(c.pick([2, 3, 1, 5, 0])),
      ...x.shape.map((n) => (n === 1 ? c.pick([4, 1, 7, 3]) : n)),
    ]),
  pad: (x, c) =>
    x.pad(
      x.shape.map(() => [c.below(3), c.below(3)] as const),
      c.pick([0, 0, 1, -2, 5]),
    ),
  slice: (x, c) =>
    x.slice(
      ...x.shape.map((n) => {
        const way = c.below(5);
        if (way === 0 && n > 0) return c.below(n);
        if (way === 1) return null;
        const step = c.pick([1, 1, -1, 2, -2, 3]);
        return { start: c.below(n + 1) - (way === 3 ? n : 0), step };
      }),
    ),
  diagonal: (x, c) => {
    if (x.rank < 2) return undefined;
    const a = c.below(x.rank);
    return x.diagonal(a, (a + 1 + c.below(x.rank - 1)) % x.rank);
  },
  unfold: (x, c) => {
    if (x.rank === 0) return undefined;
    const axis = c.below(x.rank);
    const [size, step, dilation] = [c.below(3) + 1, c.below(3) + 1, c.below(2) + 1];
    if (dilation * (size - 1) + 1 > (x.shape[axis] as number)) return undefined;
    return x.unfold(axis, size, step, dilation);
  },
  flip: (x, c) => x.flip(someAxes(c, x.rank)),
};
const moveNames = Object.keys(moveSteps);

/** One move of a value so far, or two or three, each of what the one before gave. */
export const moveStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  let y = x;
  for (let n = c.pick([1, 2, 1, 3]); n > 0; n--) {
    y = moveSteps[c.pick(moveNames)]?.(y, c) ?? y;
    if (y.size > p.scale.value) return;
  }
  if (y !== x) p.add(y, Math.max(bound, 5));
};

export const joinStep: Action = (p, c) => {
  const { x, bound } = p.value(c);
  if (x.rank === 0) return;
  if (c.once(2)) return p.add(stack([x, x.neg(), x], c.below(x.rank + 1)), bound);
  const axis = c.below(x.rank);
  const y = p.leaf(c, x.shape.with(axis, c.below(3)), x.dtype);
  p.add(concat(c.once(2) ? [x, y] : [y, x, y], axis), Math.max(bound, 6));
};
