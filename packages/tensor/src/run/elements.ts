/** Module 2.15a — Elements on their way between host and device. */
import type { Backend } from "@mt/backend";
import { dtypes, type TypedArray } from "@mt/operators";
import type { Node } from "../graph/node.ts";

/** Host elements as the device stores them. */
export function encode(x: Node, host: TypedArray, backend: Backend): Uint8Array {
  const stored = stored32(x, backend) ? Uint32Array.from(host) : host;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
export function decode(x: Node, bytes: Uint8Array, backend: Backend): TypedArray {
  const { size } = x.shape;
  if (stored32(x, backend))
    return Uint8Array.from(new Uint32Array(bytes.buffer, bytes.byteOffset, size));
  const { array, bytes: width } = dtypes[x.dtype];
  // a view starts at a multiple of its elements' width
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return new array(buffer, byteOffset, size);
}
/** Some devices keep bytes in whole words. */
const stored32 = (x: Node, backend: Backend): boolean =>
  dtypes[x.dtype].bytes === 1 && backend.dtypes.get(x.dtype) === 4;
