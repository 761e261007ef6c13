/**
 * Does the points example learn on Scalars? The spirals take some twenty minutes:
 * `npm run bench points -- --sets simple,diag` leaves sets out.
 */
import { narrow } from "../examples/points/src/recipe.ts";
import { gate } from "./points/gate.ts";

await gate("scalar", narrow);
