/** Products in every shape of a tile compute what the reference device does. */
import { numeric } from "@mt-tools/adapters/numeric";
import { describe } from "../src/generate/contract-tiling.ts";
import { mustCompute, shapes } from "../test/tilings.ts";

numeric.test.each([...shapes.values()].map((tiling) => [describe(tiling), tiling] as const))(
  "%s compute what the reference device does",
  (_, wanted) => mustCompute(wanted),
);
