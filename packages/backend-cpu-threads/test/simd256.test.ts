import v8 from "node:v8";
import { describe, expect, test } from "vitest";
import { tryWide } from "../src/simd256.ts";

/** Notes what is asked of the engine; `act` is what becomes of it. */
function asking(act: (flags: string) => void) {
  const asked: string[] = [];
  const engine = {
    setFlagsFromString: (flags: string) => {
      asked.push(flags);
      act(flags);
    },
  };
  return { asked, result: tryWide(engine) };
}
const width = "--experimental-wasm-revectorize";

describe("wide vectors", () => {
  test("are not asked for where there is nobody to ask", () => {
    expect(tryWide(undefined)).toBe(false);
  });
  test("are taken back where they are no faster", () => {
    const { asked, result } = asking(() => {});
    expect(result).toBe(false);
    expect(asked).toContain(width);
    expect(asked.at(-1)).toBe(`--no-${width.slice(2)}`);
  });
  test("are kept where they are; the compiler is as before in either case", () => {
    const { asked, result } = asking((flags) => v8.setFlagsFromString(flags));
    expect(asked.indexOf("--liftoff")).toBeGreaterThan(asked.indexOf("--no-liftoff"));
    expect(asked.includes(`--no-${width.slice(2)}`)).toBe(!result);
    v8.setFlagsFromString(`--no-${width.slice(2)}`);
  });
});
