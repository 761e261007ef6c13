/** Where two devices part, and that a GPU and its peers do not. */
import { referenceBackend, registerBackend, unregisterBackend } from "@mt/backend";
import { compareBackends, type Tensor, tensor } from "@mt/tensor";
import { numeric } from "@mt-tools/adapters/numeric";
import { expect } from "vitest";
import { sharedDevice } from "./device.ts";

const data = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898));
const network = (x: Tensor, w: Tensor): Tensor => x.matmul(w).tanh().softmax(1).add(1).log().sum(0);

numeric.test(
  "compareBackends finds no operation on which the GPU differs, and finds one that does",
  async () => {
    registerBackend(referenceBackend());
    registerBackend(await sharedDevice());
    const inputs = [tensor(data(5 * 7), { shape: [5, 7] }), tensor(data(7 * 3), { shape: [7, 3] })];
    const names = ["reference", "webgpu"] as const;
    expect(await compareBackends(network, inputs, names)).toBeNull();
    const strict = await compareBackends(network, inputs, names, { tolerance: 1e-12 });
    expect(String(strict)).toMatch(/webgpu/);
    for (const name of names) unregisterBackend(name);
  },
);
