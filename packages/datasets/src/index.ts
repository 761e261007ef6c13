export { type Batch, type Batches, type BatchOptions, batches, type Rows } from "./batches.ts";
export { DatasetError } from "./errors.ts";
export { type Idx, parseIdx, readIdx } from "./idx.ts";
export { type ImageSet, type Mnist, mnist, unitPixels } from "./mnist.ts";
export { type PointSet, type PointSetName, pointSet, pointSetNames } from "./points.ts";
