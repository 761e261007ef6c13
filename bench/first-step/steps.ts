/**
 * One process of `first-step`: a network's first and tenth step, then sums when they are warm.
 * Prints milliseconds.
 */
import { cpuThreads } from "@mt/backend-cpu-threads";
import { AvgPool2d, Conv2d, crossEntropy, Flatten, Linear, Sequential, SGD } from "@mt/nn";
import { operators, registerBackend, type Tensor, tensor } from "@mt/tensor";

registerBackend(cpuThreads());
const { relu } = operators;
const numbers = (n: number): Float32Array => Float32Array.from({ length: n }, Math.random);
const model = new Sequential(
  new Conv2d(1, 4, 3, { padding: 1 }),
  relu,
  new Conv2d(4, 8, 3, { padding: 1 }),
  relu,
  new AvgPool2d(4),
  new Flatten(),
  new Linear(392, 64),
  relu,
  new Linear(64, 10),
);
const optimizer = new SGD(model.parameters(), { rate: 0.01 });
const images = tensor(numbers(16 * 784), { shape: [16, 1, 28, 28] });
const labels = tensor(Int32Array.from({ length: 16 }, (_, i) => i % 10));

function timed(f: () => void): number {
  const start = performance.now();
  f();
  return performance.now() - start;
}
function step(): void {
  const loss = crossEntropy(model.forward(images), labels);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  loss.itemSync();
}
const steps = Array.from({ length: 10 }, () => timed(step));

const [first, second] = [tensor([1, 2, 3, 4]), tensor([0.1, 0.2, 0.3, 0.4])].map((x) =>
  x.reshape(2, 2),
) as [Tensor, Tensor];
function sums(): void {
  let x = first;
  for (let i = 0; i < 1000; i++) x = x.add(second);
  x.dataSync();
}
const warm = Array.from({ length: 200 }, () => timed(sums))
  .slice(100)
  .sort((a, b) => a - b);
console.log(JSON.stringify({ network: steps[0], again: steps[9], chain: warm[50] }));
process.exit(); // workers linger for a moment
