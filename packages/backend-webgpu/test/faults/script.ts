/** A program with a GPU that ends in the way it is told to: `script.ts WAY`. */
import { registerHooks } from "node:module";
import { registerBackend } from "@mt/backend";
import { realize, tensor } from "@mt/tensor";
import { webgpu } from "../../src/index.ts";

async function started(): Promise<ReturnType<typeof tensor>> {
  registerBackend(await webgpu());
  return tensor([1, 2, 3]).mul(2).exp();
}

const ways: Readonly<Record<string, () => unknown>> = {
  reads: async () => console.log((await (await started()).sum().item()).toFixed(3)),
  "reads at once": async () => console.log((await started()).sum().itemSync().toFixed(3)),
  leaves: async () => void realize(await started()),
  throws: async () => {
    realize(await started());
    setTimeout(() => {
      throw new Error("on purpose");
    }, 1);
  },
  rejects: async () => {
    realize(await started());
    throw new Error("on purpose");
  },
  exits: async () => {
    realize(await started());
    process.exit(5);
  },
  disposes: async () => {
    const device = await webgpu();
    registerBackend(device);
    await tensor([1, 2]).add(1).toArray();
    await device[Symbol.asyncDispose]();
  },
  "makes many": async () => {
    for (let i = 0; i < 5; i++) registerBackend(await webgpu({ name: `webgpu ${i}` }));
    console.log(await tensor([1, 2]).add(1).toArray());
  },
  "lacks the package": async () => {
    registerHooks({
      resolve(specifier, context, next) {
        const parentURL = specifier === "webgpu" ? "file:///nowhere/x.js" : context.parentURL;
        return next(specifier, { ...context, parentURL });
      },
    });
    await webgpu().catch((error: Error) => console.log(error.message));
  },
  "lacks the system's library": async () => {
    registerHooks({
      load(url, context, next) {
        if (url.includes("/webgpu/")) throw new Error("version GLIBC_2.34 not found");
        return next(url, context);
      },
    });
    await webgpu().catch((error: Error) => console.log(error.message));
  },
  "lacks a driver": () => webgpu().catch((error: Error) => console.log(error.message)),
  "is a page": async () => {
    Object.assign(globalThis, { process: undefined });
    await webgpu().catch((error: Error) => console.log(error.message));
  },
};

await ways[process.argv[2] as string]?.();
