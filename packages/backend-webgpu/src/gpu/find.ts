/**
 * Module 3.115 — Finding a GPU: in a page, in Deno, or in Node by way of npm's `webgpu`.
 */
import type { WebgpuOptions } from "../options.ts";
import { endAtExit } from "./at-exit.ts";
import { noAdapter, noDevice, noGpu, packageBroken, packageMissing } from "./errors.ts";
import { descriptorFor, requireOptions } from "./limits.ts";
import { Pump } from "./pump.ts";

export interface Found {
  readonly device: GPUDevice;
  /** Made here, and so to be destroyed here. */
  readonly owned: boolean;
  /** What its WGSL knows beyond the first version: "immediate_address_space", "subgroup_id", … */
  readonly language: ReadonlySet<string>;
  readonly pump: Pump;
}

interface Host {
  readonly navigator?: { readonly gpu?: GPU };
  readonly process?: { readonly versions?: { readonly node?: string } };
}
const host = globalThis as Host;

/** Without these Dawn hides f16 on NVIDIA, and matrices of subgroups everywhere. */
const dawnFlags = ["enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia"];

interface Source {
  readonly gpu: GPU;
  readonly where: string;
}
async function findGpu(name: string, given: WebgpuOptions["gpu"]): Promise<Source> {
  if (given) return { gpu: given as unknown as GPU, where: "the gpu that was given" };
  const own = host.navigator?.gpu;
  if (own) return { gpu: own, where: "navigator.gpu" };
  if (!host.process?.versions?.node) throw noGpu(name);
  const specifier = "webgpu"; // in a variable: bundlers must not look for it
  const dawn = await (
    import(/* @vite-ignore */ specifier) as Promise<typeof import("webgpu")>
  ).catch((thrown: unknown) => {
    throw isMissing(thrown, specifier) ? packageMissing(name) : packageBroken(name, saidBy(thrown));
  });
  return { gpu: dawn.create(dawnFlags), where: `npm webgpu (Dawn) on ${drivers()}` };
}
const saidBy = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
/** Whether it is the package itself that is not there, and not something that it needs. */
export const isMissing = (thrown: unknown, specifier: string): boolean =>
  /^(ERR_)?MODULE_NOT_FOUND$/.test((thrown as { code?: string } | null)?.code ?? "") &&
  saidBy(thrown).includes(`'${specifier}'`);
/** Which drivers Dawn was to look for. */
function drivers(): string {
  const { platform, env = {} } = (host.process ?? {}) as {
    readonly platform?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
  };
  const files = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  const kinds: Readonly<Record<string, string>> = { darwin: "Metal", win32: "D3D12 and Vulkan" };
  return files ? `Vulkan by ${files}` : (kinds[platform ?? ""] ?? "Vulkan");
}

async function adapterOf(name: string, { gpu, where }: Source): Promise<GPUAdapter> {
  let said = "";
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (adapter) return adapter;
  } catch (thrown) {
    said = `, which said: ${saidBy(thrown)}`;
  }
  throw noAdapter(name, [`${where}${said}`]);
}

const languageOf = (gpu: GPU | undefined): ReadonlySet<string> =>
  (gpu?.wgslLanguageFeatures as ReadonlySet<string> | undefined) ?? new Set();

export async function findDevice(name: string, options: WebgpuOptions): Promise<Found> {
  requireOptions(name, options);
  const pump = new Pump();
  if (options.device) {
    const device = options.device as unknown as GPUDevice;
    await pump.learn(async () => {
      await device.queue.onSubmittedWorkDone(); // which may come with what was asked for before
      return device;
    });
    return { device, owned: false, language: languageOf(host.navigator?.gpu), pump };
  }
  let adapter = options.adapter as unknown as GPUAdapter | null;
  let gpu = options.gpu as unknown as GPU | undefined;
  if (!adapter) {
    const source = await findGpu(name, options.gpu);
    gpu = source.gpu;
    adapter = await adapterOf(name, source);
  }
  const chosen = adapter;
  try {
    const device = await pump.learn(() => chosen.requestDevice(descriptorFor(chosen, options)));
    endAtExit(device);
    Object.assign(device, { gpu, adapter }); // Dawn's device dies with what it came from
    return { device, owned: true, language: languageOf(gpu), pump };
  } catch (thrown) {
    throw noDevice(name, saidBy(thrown));
  }
}
