import type { LoopKernel, PrefixKernel, ScatterKernel } from "../kernel.ts";
import { interpretLoop, interpretScatter, type KernelFunction } from "./interpret.ts";
export const generateLoop = (k: LoopKernel | PrefixKernel): KernelFunction => interpretLoop(k);
export const generateScatter = (k: ScatterKernel): KernelFunction => interpretScatter(k);
