/**
 * Module 3.55 — What this host's WebAssembly can do.
 */
import { Code } from "./code.ts";
import { assemble } from "./module.ts";

function accepts(write: (code: Code) => void): boolean {
  const code = new Code([]);
  write(code);
  return WebAssembly.validate(assemble([{ code }]));
}
let relaxed: boolean | undefined;
/** Whether x · y + z is one instruction on vectors of floats, and a choice by whole lanes another. */
export function isRelaxed(): boolean {
  relaxed ??= accepts((code) => {
    const x = code.splatF32(1);
    code.get(x).get(x).get(x).op("f32x4.relaxed_madd").op("drop");
  });
  return relaxed;
}
