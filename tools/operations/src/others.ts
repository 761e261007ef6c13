/**
 * What `@mt/tensor` exports, and what a tensor has, that is no operation: the page says nothing of
 * it. A new name goes here, or gets a row in `tables/`.
 */
const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const otherExports: ReadonlySet<string> = new Set(
  list(`
    Tensor operators defineOperator ShapeError TensorError AnomalyError
    enableGrad noGrad grad valueAndGrad vjp jvp jacobian hessian vmap
    compile checkpoint customFunction Cell liveNumber
    getBackend registerBackend realize eager memory
    compareBackends detectAnomaly explain Explanation trace Trace
    Generator defaultGenerator manualSeed
  `),
);

export const otherMembers: ReadonlySet<string> = new Set(
  list(`
    constructor node shape dtype backend size rank requiresGrad
    grad backward accumulate adopt detach clone assign versions revert
    data item toArray dataSync itemSync dispose toString
  `),
);

/** What a tensor answers to, by name: of its own, and what it inherits. */
export const membersOf = (prototype: object): string[] =>
  prototype === Object.prototype
    ? []
    : [
        ...Object.getOwnPropertyNames(prototype),
        ...membersOf(Object.getPrototypeOf(prototype) as object),
      ];
