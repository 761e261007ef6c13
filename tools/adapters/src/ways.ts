/**
 * Ways to an adapter, best first.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { swiftshader } from "./swiftshader.ts";

/** Environment variables that lead a process to its adapter. */
export type Environment = Readonly<Record<string, string>>;

export interface Way {
  readonly name: WayName;
  /** Null: there is no such way here. */
  readonly environment: Environment | null;
  /** Whether an adapter that is a program, and no GPU, will do. */
  readonly software: boolean;
}

/**
 * `real`: a GPU. `swiftshader`: the software of an npm package. `debian`: that of Debian's package
 * chromium. `null`: Dawn checks programs and computes nothing.
 */
export type WayName = "real" | "swiftshader" | "debian" | "null";
export const wayNames: readonly WayName[] = ["real", "swiftshader", "debian", "null"];

/** Where a machine that lends out its GPU has the driver, if its Vulkan loader does not look there. */
const nvidia = "/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json";
const icd = "vk_swiftshader_icd.json";
const debian = `/usr/lib/chromium/${icd}`;

const driver = (file: string, folder: string | null): Environment => ({
  VK_DRIVER_FILES: file,
  ...(folder && { LD_LIBRARY_PATH: folder }),
});

/** All ways but `null`, in the order in which to try them. */
export async function ways(): Promise<Way[]> {
  const own = await swiftshader();
  return [
    { name: "real", environment: {}, software: false },
    { name: "real", environment: existsSync(nvidia) ? driver(nvidia, own) : null, software: false },
    { name: "swiftshader", environment: own ? driver(join(own, icd), own) : null, software: true },
    {
      name: "debian",
      environment: existsSync(debian) ? driver(debian, own) : null,
      software: true,
    },
  ];
}

/** What people call an adapter. */
export function nameOf({ vendor, architecture, description }: GPUAdapterInfo): string {
  return [vendor, architecture, description && `(${description})`].filter(Boolean).join(" ");
}

const probe = fileURLToPath(new URL("./probe.ts", import.meta.url));

/** What the adapter calls itself, or why this way leads to none. */
export type Answer = { readonly adapter: string } | { readonly reason: string };

/** Asks, in a process of its own, which adapter this way leads to. */
export function ask({ environment, software }: Way): Answer {
  if (!environment) return { reason: "it is not on this machine" };
  const env = { ...process.env, ...environment };
  const child = spawnSync(process.execPath, [probe], { env, encoding: "utf8", timeout: 20_000 });
  if (child.status !== 0) {
    const thrown = /^\w*Error(?: \[\w+\])?: (.*)/m.exec(child.stderr)?.[1];
    const ended = `its process ended with ${child.signal ?? child.status}`;
    return { reason: child.error?.message ?? thrown ?? ended };
  }
  const said = JSON.parse(child.stdout.trim().split("\n").at(-1) as string);
  return said.software && !software
    ? { reason: `${said.name} is software` }
    : { adapter: said.name };
}
