/** Module 2 — Devices that programs must run on, whatever they lack. */
import {
  type Backend,
  Decorator,
  type Executable,
  type Kernel,
  type Limits,
  type Program,
  referenceBackend,
  registerBackend,
  unregisterBackend,
  validateProgram,
} from "@mt/backend";

/** A device with the least room that kernels may need: few bindings, two of them stores. */
class Narrow extends Decorator {
  override readonly limits: Limits;
  constructor(inner: Backend, buffersPerKernel: number) {
    super(inner);
    const bytesPerBuffer = 2 ** 20;
    this.limits = { buffersPerKernel, outputsPerKernel: 2, bytesPerBuffer, alignment: 256 };
  }
  override compile(program: Program): Executable {
    validateProgram(program, this);
    return super.compile(program);
  }
}

/** A device that does only what is compulsory. */
class Bare extends Decorator {
  override claims(kernel: Kernel): boolean {
    return kernel.kind === "loop" || kernel.kind === "scatter";
  }
}

/** A device that cannot wait, so that no result lives in host memory. */
class Patient extends Decorator {
  override readonly readSync = undefined as never;
}

/** Runs f with this device as the one that new tensors live on, until what f promises is settled. */
export function on<R>(device: Backend, f: () => R): R {
  registerBackend(device);
  const forget = (): void => void unregisterBackend(device.name);
  let result: R;
  try {
    result = f();
  } catch (error) {
    forget();
    throw error;
  }
  if (result instanceof Promise) return result.finally(forget) as R;
  forget();
  return result;
}

export const reference: Backend = referenceBackend({ name: "plain JavaScript" });
/** An operator of three operands and its result fill it. */
export const narrow: Backend = new Narrow(referenceBackend({ name: "narrow" }), 4);
/** The same for its derivative, which also reads the result and the cotangent. */
export const slim: Backend = new Narrow(referenceBackend({ name: "slim" }), 6);
export const bare: Backend = new Bare(referenceBackend({ name: "bare" }));
export const patient: Backend = new Patient(referenceBackend({ name: "patient" }));
