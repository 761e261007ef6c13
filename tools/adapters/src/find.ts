/**
 * The best adapter there is, or the one that was asked for.
 */
import { type Answer, ask, type Environment, type Way, type WayName, wayNames } from "./ways.ts";

/** What tests run on. */
export interface Found {
  readonly way: WayName;
  /** What the adapter calls itself. */
  readonly name: string;
}

export interface Wish {
  /** `MT_ADAPTER`: this way and no other. */
  readonly way?: string | undefined;
  /** `CI`: an adapter that computes nothing must be asked for. */
  readonly strict: boolean;
}

const nothing: Found = { way: "null", name: "null backend of Dawn" };

/**
 * Tries ways in order. Without one the null backend is left.
 * @throws Error if the way that was asked for leads nowhere, or any must and none does.
 */
export function find(
  { way: wanted, strict }: Wish,
  ways: readonly Way[],
  answer: (way: Way) => Answer = ask,
): { readonly found: Found; readonly environment: Environment } {
  if (wanted && !(wayNames as readonly string[]).includes(wanted))
    throw new Error(`MT_ADAPTER: there is no "${wanted}"; there are ${wayNames.join(", ")}.`);
  if (wanted === "null") return { found: nothing, environment: {} };
  const reasons: string[] = [];
  for (const way of ways) {
    if (wanted && way.name !== wanted) continue;
    const said = answer(way);
    if ("adapter" in said && way.environment)
      return { found: { way: way.name, name: said.adapter }, environment: way.environment };
    if ("reason" in said) reasons.push(`${way.name}: ${said.reason}`);
  }
  if (wanted || strict)
    throw new Error(
      `no WebGPU adapter, so numbers could not be checked (${reasons.join("; ")}). ` +
        "MT_ADAPTER=null goes on without one.",
    );
  return { found: nothing, environment: {} };
}
