/** Long sums, of terms that round as badly as they can, are as near as the device says. */
import { numeric } from "@mt-tools/adapters/numeric";
import { contractionsMustBeNear, foldsMustBeNear, runningSumsMustBeNear } from "../test/sums.ts";

/** Copies enough for an invocation each; few, for workgroups; and rows long enough for pieces. */
numeric.test.each([
  [13, 2 ** 20],
  [1, 100_003],
  [1, 2 ** 20],
])("%i × 5 folds of %i terms", foldsMustBeNear);

numeric.test.each([
  ["tiles of 4 × 1, 1 × 1 in registers, 64 invocations", [2 ** 18 + 1]],
  ["tiles of 32 × 32 × 16 in workgroup memory, 4 × 4 in registers", [2 ** 17 + 5]],
  ["tiles of 32 × 32, 4 × 4 in registers", [2 ** 20]],
  ["16 pieces", [2 ** 16]],
  ["256 pieces", [2 ** 20]],
])("contractions in %s, of %o terms", contractionsMustBeNear);

numeric.test("running sums of 2¹⁸ terms", () => runningSumsMustBeNear(2 ** 18));
