/**
 * Does the points example learn on tensors: as narrow as on Scalars, and as wide as MiniTorch's fast
 * trainer? And how long does an epoch of the wide network take, beside the same written by hand?
 */
import { pointSet } from "@mt/datasets";
import { Random } from "@mt/operators";
import { narrow, wide } from "../examples/points/src/recipe.ts";
import { gate } from "./points/gate.ts";
import { speed } from "./points/speed.ts";

await speed("tensor", pointSet("xor", 50, new Random(0)), wide.xor);
console.log();
await gate("tensor", narrow);
console.log();
await gate("tensor", wide);
