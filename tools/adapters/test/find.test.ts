import { expect, test } from "vitest";
import { find } from "../src/find.ts";
import { type Answer, ask, type Way } from "../src/ways.ts";

const [real, software, none]: Way[] = [
  { name: "real", environment: {}, software: false },
  { name: "swiftshader", environment: { VK_DRIVER_FILES: "/own" }, software: true },
  { name: "debian", environment: null, software: true },
] as [Way, Way, Way];
const ways = [real, software, none] as [Way, Way, Way];
const only =
  (...names: string[]) =>
  ({ name }: Way): Answer =>
    names.includes(name) ? { adapter: `the ${name} one` } : { reason: "it is broken" };

test("the first way that leads to an adapter is taken, with its environment", () => {
  const { found, environment } = find({ strict: false }, ways, only("swiftshader", "debian"));
  expect(found).toEqual({ way: "swiftshader", name: "the swiftshader one" });
  expect(environment).toEqual({ VK_DRIVER_FILES: "/own" });
  expect(find({ strict: true }, ways, only("real", "swiftshader")).found.way).toBe("real");
});

test("without any the null backend is left, unless there must be one", () => {
  expect(find({ strict: false }, ways, only()).found.way).toBe("null");
  expect(() => find({ strict: true }, ways, only())).toThrowErrorMatchingInlineSnapshot(
    `[Error: no WebGPU adapter, so numbers could not be checked (real: it is broken; swiftshader: it is broken; debian: it is broken). MT_ADAPTER=null goes on without one.]`,
  );
});

test("a way that was asked for is taken or missed, never replaced", () => {
  const wish = { way: "swiftshader", strict: false };
  expect(find(wish, ways, only("real", "swiftshader")).found.way).toBe("swiftshader");
  expect(() => find(wish, ways, only("real"))).toThrow("(swiftshader: it is broken)");
  expect(find({ way: "null", strict: true }, ways, only("real")).found.way).toBe("null");
  expect(() => find({ way: "steam", strict: false }, ways)).toThrowErrorMatchingInlineSnapshot(
    `[Error: MT_ADAPTER: there is no "steam"; there are real, swiftshader, debian, null.]`,
  );
});

test("a way that is not on this machine, or whose process fails, has a reason", () => {
  expect(ask(none as Way)).toEqual({ reason: "it is not on this machine" });
  const environment = { NODE_OPTIONS: "--import=/nowhere.mjs" };
  expect(ask({ ...(real as Way), environment })).toEqual({
    reason: expect.stringContaining("Cannot find module"),
  });
});
