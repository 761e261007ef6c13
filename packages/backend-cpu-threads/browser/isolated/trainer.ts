/** A worker that trains, with workers of its own. */
import { registerBackend } from "@mt/tensor";
import { makeDevice } from "../../src/device.ts";
import { always } from "../../test/threads/kernels.ts";
import { train } from "../train.ts";
import { Witness } from "../witness.ts";

export interface Told {
  readonly right: number;
  /** That each of its workers has done. */
  readonly chunks: readonly number[];
}

const witness = new Witness();
globalThis.Worker = witness.watched(Worker) as typeof Worker;
registerBackend(makeDevice({ threads: 3 }, { crew: { costs: always } }));

globalThis.onmessage = async ({ data }) => {
  const right = await train("spiral", data);
  postMessage({ right, chunks: [0, 1].map((worker) => witness.chunks(worker)) } satisfies Told);
};
