import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Backend,
  companion,
  getBackend,
  poolOf,
  referenceBackend,
  registerBackend,
  setDefaultBackend,
  unregisterBackend,
} from "../src/index.ts";

const key = Symbol.for("@mt/backend");
const scope = globalThis as { [key]?: unknown };
let before: unknown;
beforeEach(() => {
  before = scope[key];
  delete scope[key];
});
afterEach(() => {
  scope[key] = before;
});

const device = (name: string): Backend => referenceBackend({ name });
const partly = (changes: Record<string, unknown>): Backend =>
  new Proxy(device("odd"), {
    get: (target, property) =>
      property in changes
        ? changes[property as string]
        : (target as never as Record<string | symbol, unknown>)[property],
  });

describe("getBackend", () => {
  it("gives one reference device where nothing is registered", () => {
    expect(getBackend().name).toBe("reference");
    expect(getBackend()).toBe(getBackend("reference"));
  });
  it("gives the latest registered, and any by name", () => {
    const [a, b] = [device("a"), device("b")];
    registerBackend(a);
    registerBackend(b);
    expect(getBackend()).toBe(b);
    expect(getBackend("a")).toBe(a);
    registerBackend(a);
    expect(getBackend()).toBe(a);
  });
  it("makes the default once, at its first use, and prefers what is registered", () => {
    const make = vi.fn(() => device("made"));
    setDefaultBackend(make);
    expect(make).not.toHaveBeenCalled();
    expect(getBackend().name).toBe("made");
    expect(getBackend("made")).toBe(getBackend());
    registerBackend(device("mine"));
    expect(getBackend().name).toBe("mine");
    expect(make).toHaveBeenCalledTimes(1);
  });
  it("finds the default device by its name beside a registered one", () => {
    setDefaultBackend(() => device("made"));
    registerBackend(device("mine"));
    expect(getBackend("made").name).toBe("made");
    expect(getBackend().name).toBe("mine");
  });
  it("tries a default that failed again", () => {
    const make = vi.fn(() => device("made"));
    make.mockImplementationOnce(() => {
      throw new Error("no such driver");
    });
    setDefaultBackend(make);
    expect(() => getBackend()).toThrow("no such driver");
    expect(getBackend().name).toBe("made");
  });
  it("names what is registered when asked for something else", () => {
    registerBackend(device("mine"));
    expect(() => getBackend("webgpu")).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: no backend "webgpu"; registered: "mine", "reference". Call registerBackend(await webgpu()) first.]`,
    );
    expect(() => getBackend("fpga")).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: no backend "fpga"; registered: "mine", "reference". Call registerBackend(…) first.]`,
    );
  });
  it("forgets a device that is unregistered", () => {
    registerBackend(device("mine"));
    expect(unregisterBackend("mine")).toBe(true);
    expect(unregisterBackend("mine")).toBe(false);
    expect(getBackend().name).toBe("reference");
  });
});

describe("registerBackend", () => {
  it("refuses what is not a backend, and keeps what was there", () => {
    expect(() => registerBackend(null as never)).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: registerBackend: the value lacks name, protocol: 1, dtypes, limits.buffersPerKernel, limits.bytesPerBuffer, limits.outputsPerKernel, limits.alignment, claims(), allocate(), free(), write(), read(), compile(), finish(). Pass an object with everything the Backend interface asks for.]`,
    );
    expect(() =>
      registerBackend(partly({ finish: 1, limits: {} })),
    ).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: registerBackend: "odd" lacks limits.buffersPerKernel, limits.bytesPerBuffer, limits.outputsPerKernel, limits.alignment, finish(). Pass an object with everything the Backend interface asks for.]`,
    );
    expect(() => registerBackend(partly({ protocol: 2 }))).toThrowErrorMatchingInlineSnapshot(
      `[BackendError: registerBackend: "odd" speaks protocol 2, this is protocol 1. Install versions of the device and of @mt/backend that belong together.]`,
    );
    expect(getBackend().name).toBe("reference");
  });
});

describe("two copies of the package in one process", () => {
  it("share registry, devices and pools", async () => {
    vi.resetModules();
    const other = await import("../src/index.ts");
    expect(other.registerBackend).not.toBe(registerBackend);
    const theirs = other.referenceBackend({ name: "theirs" });
    other.registerBackend(theirs);
    expect(getBackend("theirs")).toBe(theirs);
    expect(getBackend()).toBe(other.getBackend());
    expect(other.poolOf(theirs)).toBe(poolOf(theirs));
  });
});

describe("companion", () => {
  it("is made once per device and role", () => {
    const [a, b] = [device("a"), device("b")];
    const make = (): object => ({});
    expect(companion(a, "role", make)).toBe(companion(a, "role", make));
    expect(companion(a, "role", make)).not.toBe(companion(b, "role", make));
    expect(companion(a, "role", make)).not.toBe(companion(a, "other", make));
  });
});
