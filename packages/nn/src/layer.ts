/** Module 4.7 — Layers: modules from one tensor to one tensor, and what their options share. */
import type { RandomOptions, Tensor } from "@mt/tensor";
import { badSetting } from "./errors.ts";
import type { Module } from "./module.ts";

/** A module that a tensor goes through. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** Where and how a layer's parameters are drawn, and whether it has biases. */
export interface LayerOptions extends Pick<RandomOptions, "generator" | "dtype" | "backend"> {
  /** Whether to add a learned number to each output; default true. */
  readonly bias?: boolean;
}

/** @throws ModuleError unless it is a whole number ≥ 1. */
export function checkCount(subject: string, what: string, value: number): number {
  if (!(Number.isInteger(value) && value >= 1))
    throw badSetting(subject, what, value, "a whole number ≥ 1");
  return value;
}
