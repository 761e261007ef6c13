/** What is said where no GPU can be had. */
import { expect, test } from "vitest";
import { isMissing } from "../../src/gpu/find.ts";
import { webgpu } from "../../src/index.ts";

const failed = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

test.each([
  [true, failed("ERR_MODULE_NOT_FOUND", "Cannot find package 'webgpu' imported from /x.js")],
  [true, failed("MODULE_NOT_FOUND", "Cannot find module 'webgpu'")],
  [false, failed("ERR_MODULE_NOT_FOUND", "Cannot find package 'left-pad' imported from /x.js")],
  [false, failed("ERR_DLOPEN_FAILED", "version `GLIBC_2.34' not found (required by dawn.node)")],
  [false, "a word"],
])("whether the package is missing (%s) or cannot be loaded", (missing, thrown) => {
  expect(isMissing(thrown, "webgpu")).toBe(missing);
});

test("a GPU that throws when it is asked is no adapter, and its words are told", async () => {
  const gpu = {
    requestAdapter: () => {
      throw new Error("boom");
    },
  };
  await expect(webgpu({ gpu })).rejects.toThrow(
    "no adapter was found; tried the gpu that was given, which said: boom.",
  );
});
