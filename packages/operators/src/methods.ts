/**
 * Module 0.9b — Methods made from tables.
 *
 * Scalars have a method for every operator, tensors have more. They are kept behind what a class
 * defines itself, in an object of their own: to put a hundred on a class takes an engine three
 * times as long.
 */

/**
 * Lets `prototype` inherit a method for each row of `table`. Of several with one name that of
 * `prototype` itself comes first, then that of the table installed last, then that of a superclass.
 * @example
 * class Pair {
 *   constructor(readonly x: number, readonly y: number) {}
 * }
 * installMethods<Operator>(Pair.prototype, { add, mul }, (operator) => {
 *   return function (this: Pair) {
 *     return operator(this.x, this.y);
 *   };
 * });
 * const pair = new Pair(3, 4) as Pair & Record<"add" | "mul", () => number>;
 * pair.mul(); // 12
 */
export function installMethods<Row>(
  prototype: object,
  table: Readonly<Record<string, Row>>,
  methodOf: (row: Row) => (...given: never[]) => unknown,
): void {
  const methods: object = Object.create(null);
  for (const [name, row] of Object.entries(table))
    Object.defineProperty(methods, name, {
      configurable: true,
      writable: true,
      value: methodOf(row),
    });
  Object.setPrototypeOf(methods, Object.getPrototypeOf(prototype));
  Object.setPrototypeOf(prototype, methods);
}
