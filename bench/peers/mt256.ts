/**
 * The same peer with 256-bit vectors, where the engine of this process can be asked for them.
 */
import { type Library, type Peer, peer } from "./mt.ts";

/** A default export because the runner asks for one. */
export default (library: Library): Peer => peer("mt256", { simd256: "auto" }, library);
