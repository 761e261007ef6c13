/**
 * Module 2.6b — Walking the graph: what a node was computed from comes before it.
 *
 * The order of module 1, reversed. Walks happen at every step of training, so what one has seen is
 * marked in the nodes themselves; like there, nothing recurses, so a graph may be as deep as memory
 * allows.
 */

/** What can be walked: a node of the graph, or what else says what it was made from. */
export interface Walkable<N> {
  readonly inputs: readonly N[];
  /** The walk that saw it last, and its position there. */
  mark: number;
  index: number;
}

let walks = 0;
const all = (): boolean => true;

/**
 * Everything below `roots`, inputs first; each gets its position as `index`. What `follow` refuses is
 * left out, with whatever only it leads to; `inputsOf` may hide inputs, so that the walk ends there.
 */
export function inOrder<N extends Walkable<N>>(
  roots: readonly N[],
  inputsOf: (x: N) => readonly N[],
  follow: (x: N) => boolean = all,
): N[] {
  const walk = ++walks;
  const order: N[] = [];
  // the path down to the node in hand, and at each step the next input to look at
  const path: N[] = [];
  const next: number[] = [];
  const enter = (x: N): void => {
    if (x.mark === walk || !follow(x)) return;
    x.mark = walk;
    path.push(x);
    next.push(0);
  };
  for (const root of roots) {
    enter(root);
    while (path.length) {
      const top = path.length - 1;
      const x = path[top] as N;
      const input = inputsOf(x)[(next[top] as number)++];
      if (input) enter(input);
      else {
        x.index = order.length;
        order.push(x);
        path.pop();
        next.pop();
      }
    }
  }
  return order;
}
