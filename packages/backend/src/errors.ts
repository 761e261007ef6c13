/**
 * Module 3.4 — What can go wrong at the plug.
 *
 * One class; `code` says what happened, `backend` where, `cause` and `remedy` read as sentences.
 */
import { deepStack } from "@mt/operators";

export type BackendErrorCode =
  | "unknown-backend"
  | "not-a-backend"
  | "wrong-protocol"
  | "not-claimed"
  | "unknown-dtype"
  | "out-of-memory"
  | "over-budget"
  | "freed-buffer"
  | "foreign-buffer"
  | "outside-buffer"
  | "wrong-run"
  | "bad-program"
  | "index-out-of-range"
  | "device-failed"
  | "code-forbidden"
  | "disposed";

/** An error of a device or of the registry; `message` is `cause` and `remedy` in one line. */
export class BackendError extends Error {
  override readonly name = "BackendError";
  declare readonly code: BackendErrorCode;
  declare readonly backend: string;
  override readonly cause: string;
  declare readonly remedy: string;
  constructor(code: BackendErrorCode, backend: string, cause: string, remedy: string) {
    super(`${cause} ${remedy}`);
    this.code = code;
    this.backend = backend;
    this.cause = cause;
    this.remedy = remedy;
    deepStack(this);
  }
}

const quoted = (names: Iterable<string>): string =>
  Array.from(names, (name) => `"${name}"`).join(", ");

/** How the devices of this project are made, to be told to whoever asks for one by name. */
const makers: Readonly<Record<string, string>> = {
  webgpu: "await webgpu()",
  "cpu-threads": "cpuThreads()",
};

export const unknownBackend = (name: string, registered: Iterable<string>): BackendError =>
  new BackendError(
    "unknown-backend",
    name,
    `no backend "${name}"; registered: ${quoted(registered)}.`,
    `Call registerBackend(${makers[name] ?? "…"}) first.`,
  );

export const codeForbidden = (name: string): BackendError =>
  new BackendError(
    "code-forbidden",
    name,
    `"${name}" generates code, which this host forbids (Content Security Policy).`,
    "Call registerBackend(interpretedBackend()) first.",
  );

export const notABackend = (name: string, missing: readonly string[]): BackendError =>
  new BackendError(
    "not-a-backend",
    name,
    `registerBackend: ${name === "" ? "the value" : `"${name}"`} lacks ${missing.join(", ")}.`,
    "Pass an object with everything the Backend interface asks for.",
  );

export const wrongProtocol = (name: string, protocol: unknown): BackendError =>
  new BackendError(
    "wrong-protocol",
    name,
    `registerBackend: "${name}" speaks protocol ${String(protocol)}, this is protocol 1.`,
    "Install versions of the device and of @mt/backend that belong together.",
  );

export const notClaimed = (backend: string, kind: string): BackendError =>
  new BackendError(
    "not-claimed",
    backend,
    `compile: "${backend}" does not run ${kind} kernels.`,
    "Ask claims(kernel) first and pass the loops it equals.",
  );

export const unknownDtype = (
  backend: string,
  dtype: string,
  known: Iterable<string>,
): BackendError =>
  new BackendError(
    "unknown-dtype",
    backend,
    `compile: "${backend}" has no ${dtype}; it has ${Array.from(known).join(", ")}.`,
    "Cast, or use another backend.",
  );

export const outOfMemory = (backend: string, bytes: number): BackendError =>
  new BackendError(
    "out-of-memory",
    backend,
    `allocate: "${backend}" cannot give ${bytes} bytes.`,
    "Dispose of tensors, or work in smaller batches.",
  );

export const badSize = (backend: string, bytes: number): BackendError =>
  new BackendError(
    "out-of-memory",
    backend,
    `allocate: "${backend}" cannot give ${bytes} bytes.`,
    "Pass a whole number of bytes, 0 or more.",
  );

export const overBudget = (
  backend: string,
  asked: { readonly label: string; readonly bytes: number },
  budget: number,
  largest: readonly { readonly label: string; readonly bytes: number }[],
): BackendError =>
  new BackendError(
    "over-budget",
    backend,
    `allocate: ${asked.bytes} bytes for ${asked.label} pass the budget of ${budget} bytes on ` +
      `"${backend}"; in use: ${largest.map((x) => `${x.label} (${x.bytes} bytes)`).join(", ") || "nothing"}.`,
    "Dispose of tensors, await a read in each step, or raise the budget.",
  );

/** Something the device threw that is no BackendError; `doing` says what it was asked for. */
export function deviceFailed(backend: string, doing: string, thrown: unknown): BackendError {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const error = new BackendError(
    "device-failed",
    backend,
    `"${backend}" failed to ${doing}: ${said}.`,
    "Nothing recorded is lost: try again, or use another backend.",
  );
  return Object.defineProperty(error, "thrown", { value: thrown });
}

export const freedBuffer = (backend: string, operation: string, block: number): BackendError =>
  new BackendError(
    "freed-buffer",
    backend,
    `${operation}: block ${block} of "${backend}" has been freed.`,
    "Use it between allocate and free only.",
  );

export const foreignBuffer = (backend: string, operation: string, owner: string): BackendError =>
  new BackendError(
    "foreign-buffer",
    backend,
    `${operation}: the buffer belongs to "${owner}", not to "${backend}".`,
    "Read it there and write it here.",
  );

export const outsideBuffer = (
  backend: string,
  operation: string,
  from: number,
  bytes: number,
  size: number,
): BackendError =>
  new BackendError(
    "outside-buffer",
    backend,
    `${operation}: bytes ${from} to ${from + bytes} do not lie in a buffer of ${size} bytes.`,
    "Allocate more, or pass fewer.",
  );

export const wrongRun = (backend: string, what: string): BackendError =>
  new BackendError(
    "wrong-run",
    backend,
    `run: ${what}.`,
    "Pass a buffer per argument and result slot, in order, and a number per scalar.",
  );

export const badProgram = (backend: string, cause: string): BackendError =>
  new BackendError(
    "bad-program",
    backend,
    `compile: ${cause}.`,
    "This is a fault of what made the program, not of the device; programText(program) shows it.",
  );

export const outOfRange = (
  backend: string,
  kernel: number,
  count: number,
  extent: number,
): BackendError =>
  new BackendError(
    "index-out-of-range",
    backend,
    `run: kernel ${kernel} looks up ${count} position${count === 1 ? "" : "s"} outside 0 … ${extent - 1}.`,
    "Check the indices given to gather or scatter; unchecked devices read the fill or drop them.",
  );

export const disposed = (backend: string, what: string): BackendError =>
  new BackendError(
    "disposed",
    backend,
    `${what} of "${backend}" has been disposed.`,
    "Compile again, or dispose later.",
  );
