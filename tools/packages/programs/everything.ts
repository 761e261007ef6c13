/**
 * A program that uses every package by its types. It only has to compile; each line marked as an
 * error must be one, which shows that the declarations say something.
 */
import { derivatives, Scalar } from "@mt/autodiff";
import { checkGradient } from "@mt/autodiff/testing";
import { type Backend, getBackend, referenceBackend, registerBackend } from "@mt/backend";
import { conform, type Failure } from "@mt/backend/testing";
import { batches, pointSet } from "@mt/datasets";
import { Linear, Module, SGD } from "@mt/nn";
import { defineOperator, mul, type Operator, Random, sigmoid } from "@mt/operators";
import { grad, type Shape, type Tensor, tensor } from "@mt/tensor";
import * as minitorch from "minitorch";

export const swish: Operator<2> = defineOperator("swish", (x, beta) =>
  mul(x, sigmoid(mul(beta, x))),
);
export const value: number = swish(1, 2);
// @ts-expect-error an operator of two values is not one of one
export const one: Operator<1> = swish;

export const x: Scalar = Scalar.of(2, { requiresGrad: true });
export const slopes: readonly Scalar[] = derivatives(x.mul(x), [x]);
checkGradient((a) => a.mul(a), [1]);

export const device: Backend = getBackend();
export const failures: Promise<readonly Failure[]> = conform(device).then((x) => x.failures);
registerBackend(referenceBackend({ name: "second" }));
// @ts-expect-error a name is not a device
registerBackend("second");

export const set = pointSet("circle", 50, new Random(1));
for (const { count } of batches(set, { size: 16 })) count.toFixed();

export const matrix: Tensor = tensor([[1, 2]]);
export const shape: Shape = matrix.matmul(matrix.transpose()).add(1).relu().shape;
export const numbers: Promise<number> = matrix.sum().item();
export const slope: Tensor = grad((t: Tensor) => t.square().sum())(matrix);
// @ts-expect-error text is no data
tensor("1, 2");
// @ts-expect-error there is no such method
matrix.absent();

export class Model extends Module {
  first = new Linear(2, 3);
  forward(input: Tensor): Tensor {
    return this.first.forward(input).map(swish, 1.5);
  }
}
new SGD(new Model().parameters(), { rate: 0.1 }).step();

export const same: minitorch.Tensor = matrix;
export const all: typeof Tensor = minitorch.Tensor;
