/**
 * Module 2.22 — `compile`: a function that is recorded once and replayed after.
 *
 * Recording a training step takes about as long as a small network's kernels. A compiled function
 * replays what was recorded instead. It does so only after two recordings have agreed, and checks
 * itself by recording one call in 64 again; whatever cannot be replayed is recorded.
 */
import { Arguments } from "./compile-arguments.ts";
import { Recording } from "./compile-recording.ts";
import { prepare, replay } from "./compile-replay.ts";
import { agreement, isCurrent, type Script } from "./compile-script.ts";
import { badValue, checkFunction } from "./errors.ts";
import type { Node } from "./graph/node.ts";
import { probes } from "./graph/probes.ts";
import { modes } from "./graph/record.ts";
import type { Device } from "./run/device.ts";
import type { Tensor } from "./tensor.ts";

export interface CompileOptions {
  /** One call in so many is recorded and compared with what is replayed; default 64. */
  readonly verifyEvery?: number;
  /** How many kinds of call are kept, those used last; default 16. */
  readonly variants?: number;
}

/** What a compiled function tells about itself. */
export interface Compiled {
  /** Calls that were recorded, and that were replayed. */
  readonly recorded: number;
  readonly replayed: number;
  /** Why the latest call that was recorded was. */
  readonly reason: string;
}

/** A kind of call. */
interface Variant {
  readonly signature: readonly unknown[];
  /** What to replay; or why that cannot be. */
  script: Script | string;
  /** Numbers of the latest recording, and its tensors, while they may stand for others too. */
  numbers: readonly number[];
  seen: (WeakRef<Tensor> | null)[];
  /** Two recordings agreed. */
  trusted: boolean;
  /** Recordings in a row that gave no script. */
  failures: number;
  /** Calls since the latest recording. */
  calls: number;
}

/** Recordings without a script before the next call is not recorded for one. */
const patience = 2;

/**
 * The same function, replayed without recording where that gives the same. Numbers among its
 * arguments may change from call to call; tensors it captures are read when it is called. What it
 * assigns, adds to `.grad`, draws and steps happens at each call. Return what you want to read.
 *
 * @throws TensorError if a value is read inside, or the function is asynchronous.
 * @example
 * const w = tensor([1, 2], { requiresGrad: true });
 * const step = compile((x: Tensor, rate: number) => {
 *   w.grad = null;
 *   const loss = w.mul(x).sum();
 *   loss.backward();
 *   noGrad(() => w.assign(w.sub((w.grad as Tensor).mul(rate))));
 *   return loss;
 * });
 * for (let k = 1; k <= 5; k++) step(tensor([1, 1]), 1 / k);
 * [step.recorded, step.replayed]; // [2, 3]
 */
export function compile<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
  { verifyEvery = 64, variants = 16 }: CompileOptions = {},
): ((...args: Args) => R) & Compiled {
  checkFunction("compile", f);
  for (const [name, value] of Object.entries({ verifyEvery, variants }))
    if (!(Number.isInteger(value) && value >= 1))
      throw badValue("compile", `${name} is ${String(value)}: give a whole number from 1.`);
  const replayer = new Replayer(
    f as (...args: readonly unknown[]) => unknown,
    verifyEvery,
    variants,
  );
  const compiled = (...args: Args): R => replayer.call(args) as R;
  return Object.defineProperties(compiled, {
    recorded: { get: () => replayer.recorded },
    replayed: { get: () => replayer.replayed },
    reason: { get: () => replayer.reason },
  }) as typeof compiled & Compiled;
}

const fresh = (given: Arguments, script: Script | string): Variant => ({
  signature: given.signature,
  script,
  numbers: given.numbers,
  seen: given.tensors.map((x) => new WeakRef(x)),
  trusted: false,
  failures: 0,
  calls: 0,
});

class Replayer {
  recorded = 0;
  replayed = 0;
  reason = "";
  readonly #f: (...args: readonly unknown[]) => unknown;
  readonly #verifyEvery: number;
  readonly #bound: number;
  /** Those used last come first. */
  readonly #variants: Variant[] = [];
  readonly #devices = new Set<Device>();

  constructor(f: (...args: readonly unknown[]) => unknown, verifyEvery: number, bound: number) {
    this.#f = f;
    this.#verifyEvery = verifyEvery;
    this.#bound = bound;
  }

  call(args: readonly unknown[]): unknown {
    const { recorded, pulling, running, tape } = probes;
    if (recorded ?? pulling ?? running ?? tape)
      return this.#plainly(args, "something listens: a transform, or a tool that looks inside");
    if (modes.eager) return this.#plainly(args, "every operation runs at once");
    const given = new Arguments(args);
    if (given.reason !== null) return this.#plainly(args, given.reason);
    const alike = this.#variants.filter((variant) => given.isLike(variant.signature));
    const failed = alike.find(({ script }) => typeof script === "string") ?? null;
    const isHopeless = failed !== null && failed.failures >= patience;
    if (!isHopeless || alike.length > 1) {
      this.#settle(given);
      for (const variant of alike) {
        if (typeof variant.script === "string") continue;
        if (!isCurrent(variant.script)) {
          const why = "its programs have learned to keep more";
          return this.#record(args, given, alike, variant, why);
        }
        const call = prepare(variant.script, given);
        if (!call) continue;
        const doubt = this.#doubt(variant, given);
        if (doubt !== null) return this.#record(args, given, alike, variant, doubt);
        this.#use(variant);
        this.replayed++;
        return replay(call);
      }
    }
    if (isHopeless && ++failed.calls < this.#verifyEvery)
      return this.#plainly(args, failed.script as string);
    return this.#record(args, given, alike, failed, "the first call of its kind");
  }

  /** Why a variant that fits is recorded once more. */
  #doubt(variant: Variant, given: Arguments): string | null {
    if (!variant.trusted) return "the second call of its kind is compared with the first";
    if (++variant.calls >= this.#verifyEvery) return "one call in so many is compared";
    // an argument may have been captured as well: another tensor in its place tells
    for (const [i, seen] of variant.seen.entries())
      if (seen && seen.deref() !== given.tensors[i])
        return "an argument is another tensor for the first time";
    return null;
  }

  #plainly(args: readonly unknown[], reason: string): unknown {
    this.recorded++;
    this.reason = reason;
    return this.#f(...args);
  }

  /** What is pending runs first: it is no part of the call. */
  #settle(given: Arguments): void {
    for (const { node } of given.tensors) this.#devices.add(node.recorder as Device);
    for (const device of this.#devices) {
      const asked: Node[] = [];
      for (const { node } of given.tensors)
        if (!node.value && node.recorder === device) asked.push(node);
      if (asked.length + device.pending.length + device.assigns.size > 0) device.realize(asked);
    }
  }

  /** Records a call, which is of the kind of `fitting`, if that is known. */
  #record(
    args: readonly unknown[],
    given: Arguments,
    alike: readonly Variant[],
    fitting: Variant | null,
    reason: string,
  ): unknown {
    this.#settle(given);
    this.recorded++;
    this.reason = reason;
    const recording = new Recording(given, this.#devices);
    const { result, script } = recording.run(() => this.#f(...args));
    if (typeof script === "string") this.#fail(given, fitting, script);
    else this.#learn(given, alike, fitting, script);
    return result;
  }

  #fail(given: Arguments, fitting: Variant | null, script: string): void {
    this.reason = script;
    const variant = fitting ?? this.#add(given);
    variant.script = script;
    variant.failures++;
    variant.calls = 0;
  }

  /** Keeps what agrees with an earlier recording, to be replayed, or waits for the next. */
  #learn(
    given: Arguments,
    alike: readonly Variant[],
    fitting: Variant | null,
    script: Script,
  ): void {
    const agreed = (variant: Variant): Script | null =>
      typeof variant.script === "string"
        ? null
        : agreement(variant.script, script, variant.numbers, given.numbers);
    const candidates = fitting ? [fitting, ...alike.filter((x) => x !== fitting)] : alike;
    for (const variant of candidates) {
      const both = agreed(variant);
      if (!both) continue;
      const seen = variant.seen.map((x, i) => (x?.deref() === given.tensors[i] ? x : null));
      this.#use(Object.assign(variant, { ...fresh(given, both), trusted: true, seen }));
      return;
    }
    this.#use(Object.assign(fitting ?? this.#add(given), fresh(given, script)));
  }

  #add(given: Arguments): Variant {
    const variant = fresh(given, "");
    this.#variants.unshift(variant);
    this.#variants.splice(this.#bound);
    return variant;
  }

  #use(variant: Variant): void {
    const at = this.#variants.indexOf(variant);
    if (at === 0) return;
    if (at > 0) this.#variants.splice(at, 1);
    this.#variants.unshift(variant);
  }
}
