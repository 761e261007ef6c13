/**
 * Module 3.114 — What a device is asked for, and what generators may count on.
 *
 * Devices have the least that the specification allows unless more is asked for: buffers of 256 MiB,
 * bindings of 128 MiB, eight of them, 16 KiB shared in a workgroup. So all that the adapter has is
 * asked for; `options` may say to use less.
 */
import type { Limits } from "@mt/backend";
import type { Facts } from "../generate/kernel.ts";
import type { WebgpuOptions } from "../options.ts";
import { badOption } from "./errors.ts";

type Limit = keyof GPUSupportedLimits & string;
const wantedLimits: readonly Limit[] = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupsPerDimension",
  "maxImmediateSize" as Limit,
];
const wantedFeatures: readonly string[] = [
  "shader-f16",
  "subgroups",
  "subgroup-size-control",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
];

const optionNames: Readonly<Record<keyof WebgpuOptions, true>> = {
  name: true,
  device: true,
  gpu: true,
  adapter: true,
  limits: true,
  features: true,
  choices: true,
  memory: true,
};
/** What kernels cannot do with less of: products lie in groups of 64 at least. */
const floors: Readonly<Record<string, number>> = {
  maxComputeWorkgroupsPerDimension: 2,
  maxComputeInvocationsPerWorkgroup: 64,
  maxComputeWorkgroupSizeX: 64,
};
const needs = { gpu: "requestAdapter", adapter: "requestDevice", device: "createBuffer" } as const;

/** @throws BackendError for options that mean nothing: silence would be taken for consent. */
export function requireOptions(name: string, options: WebgpuOptions): void {
  for (const key of Object.keys(options))
    if (!(key in optionNames))
      throw badOption(name, key, `is none of ${Object.keys(optionNames).join(", ")}`);
  for (const key of ["gpu", "adapter", "device"] as const) {
    const given = options[key] as Readonly<Record<string, unknown>> | undefined;
    if (given && typeof given[needs[key]] !== "function")
      throw badOption(name, key, `has no ${needs[key]}()`);
  }
  for (const [limit, most] of Object.entries(options.limits ?? {})) {
    if (!wantedLimits.includes(limit as Limit))
      throw badOption(name, `limits.${limit}`, `is none of ${wantedLimits.join(", ")}`);
    if (!Number.isSafeInteger(most) || most < 0)
      throw badOption(name, `limits.${limit}`, `is ${most} and no whole number`);
    if (most < (floors[limit] ?? 0))
      throw badOption(name, `limits.${limit}`, `is ${most}, and kernels need ${floors[limit]}`);
  }
  if (options.features && !Array.isArray(options.features))
    throw badOption(name, "features", "is no list of names");
  for (const feature of options.features ?? [])
    if (!wantedFeatures.includes(feature))
      throw badOption(name, "features", `names ${feature}, none of ${wantedFeatures.join(", ")}`);
  const { maximumBytes = 0 } = options.memory ?? {};
  if (typeof maximumBytes !== "number" || !(maximumBytes >= 0))
    throw badOption(name, "memory.maximumBytes", `is ${maximumBytes} and no number of bytes`);
}

type Chosen = Pick<WebgpuOptions, "limits" | "features">;

/** The descriptor of the largest device the adapter gives, or of what was chosen. */
export function descriptorFor(
  adapter: GPUAdapter,
  { limits, features }: Chosen,
): GPUDeviceDescriptor {
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) {
    const most = adapter.limits[name] as number | undefined;
    if (most !== undefined) requiredLimits[name] = Math.min(most, limits?.[name] ?? most);
  }
  const asked = features ?? wantedFeatures;
  return {
    requiredLimits,
    requiredFeatures: asked.filter((x) => adapter.features.has(x as GPUFeatureName)) as never[],
  };
}

/** What Dawn tells of the products that subgroups know. */
export interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}
function squaresOf(info: object): readonly number[] {
  const { subgroupMatrixConfigs = [] } = info as {
    readonly subgroupMatrixConfigs?: Iterable<MatrixConfig>;
  };
  return [...subgroupMatrixConfigs].flatMap((x) =>
    x.componentType === "f16" && x.resultComponentType === "f32" && x.M === x.N && x.M === x.K
      ? [x.M]
      : [],
  );
}

/** What kernels may count on. */
export function factsOf(
  device: GPUDevice,
  { limits, features }: Chosen,
  language: ReadonlySet<string>,
): Facts {
  const limit = (name: Limit): number => {
    const most = (device.limits[name] as number | undefined) ?? 0;
    return Math.min(most, limits?.[name] ?? most);
  };
  const has = (feature: string): boolean =>
    device.features.has(feature as GPUFeatureName) && (features?.includes(feature) ?? true);
  const info = (device.adapterInfo ?? {}) as Partial<GPUAdapterInfo>;
  const { subgroupMinSize, subgroupMaxSize } = info;
  return {
    buffers: limit("maxStorageBuffersPerShaderStage"),
    invocations: Math.min(
      limit("maxComputeInvocationsPerWorkgroup"),
      limit("maxComputeWorkgroupSizeX"),
    ),
    workgroupBytes: limit("maxComputeWorkgroupStorageSize"),
    groups: limit("maxComputeWorkgroupsPerDimension"),
    immediateBytes: language.has("immediate_address_space")
      ? limit("maxImmediateSize" as Limit)
      : 0,
    features: new Set([...device.features].filter(has)),
    subgroups:
      has("subgroups") && language.has("subgroup_id") && subgroupMinSize
        ? [subgroupMinSize, subgroupMaxSize ?? subgroupMinSize]
        : null,
    squares: has("chromium-experimental-subgroup-matrix") ? squaresOf(info) : [],
    software: info.isFallbackAdapter === true || info.architecture === "swiftshader",
  };
}

/** The limits of the plug. */
export function plugLimits(device: GPUDevice, { limits }: Chosen, facts: Facts): Limits {
  const { maxBufferSize, maxStorageBufferBindingSize, minStorageBufferOffsetAlignment } =
    device.limits;
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  const chosen = Math.min(
    limits?.maxBufferSize ?? most,
    limits?.maxStorageBufferBindingSize ?? most,
  );
  return {
    buffersPerKernel: facts.buffers,
    bytesPerBuffer: Math.min(most, chosen),
    outputsPerKernel: facts.buffers,
    alignment: minStorageBufferOffsetAlignment,
  };
}
