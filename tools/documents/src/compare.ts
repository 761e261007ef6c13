/**
 * Whether a printed value is what a comment says. Both are read as tokens, so spaces do not matter;
 * `…` in the comment stands for any tokens; numbers are compared to the digits that the comment
 * prints, because nobody writes out an f32.
 */

const token = /[A-Za-z_$][\w$]*|-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\S/giu;
const decimal = /^-?(?<whole>\d*)\.?(?<fraction>\d*)(?:e(?<exponent>[+-]?\d+))?$/i;

/** Fewer digits than this say the value itself: `0.5` is a half, `0.333` is about a third. */
const roundedFrom = 3;
const relativeError = 1e-6;

/** How far a number may be from the `printed` one. */
function tolerance(printed: string): number {
  const { whole = "", fraction = "", exponent = "0" } = decimal.exec(printed)?.groups ?? {};
  const significant = `${whole}${fraction}`.replace(/^0+/, "").length;
  const exact = relativeError * (Math.abs(Number(printed)) || 1);
  if (fraction === "" || significant < roundedFrom) return exact;
  return Math.max(exact, 0.5000001 * 10 ** (Number(exponent) - fraction.length));
}

function sameToken(expected: string, actual: string): boolean {
  if (expected === actual) return true;
  if (!decimal.test(expected) || !decimal.test(actual) || expected === "-0") return false;
  return Math.abs(Number(expected) - Number(actual)) <= tolerance(expected);
}

function sameTokens(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === "…") return actual.some((_, at) => sameTokens(rest, actual.slice(at))) || !rest[0];
  const [head, ...tail] = actual;
  return head !== undefined && sameToken(first, head) && sameTokens(rest, tail);
}

/** Compares two texts token by token. */
export function matches(expected: string, actual: string): boolean {
  return sameTokens(expected.match(token) ?? [], actual.match(token) ?? []);
}
