/**
 * What is written by hand about an operation: a program that uses it, and its rules. All else on the
 * page is read from the sources or measured.
 */

/** A call of the operands below; how sizes follow; how a cotangent dy goes back, or "–". */
export type Row = readonly [call: string, shapes: string, derivative: string];

export interface Group {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
}

/** What the call names: `.sum` for the method of `x.sum(1)`, `take` for `take(x, i)`. */
export function nameOf([call]: Row): string {
  const found = /^(?:\w+(?=\.))?(\.?\w+)\(/.exec(call)?.[1];
  if (!found) throw new Error(`"${call}" calls neither a method nor a function.`);
  return found;
}
