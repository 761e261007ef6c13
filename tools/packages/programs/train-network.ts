/** Trains a network with one hidden layer on "one of the two, not both", and says what it learned. */
import { Adam, crossEntropy, Linear, Module } from "@mt/nn";
import { manualSeed, type Tensor, tensor } from "@mt/tensor";

class Network extends Module {
  hidden = new Linear(2, 16);
  scores = new Linear(16, 2);

  forward(x: Tensor): Tensor {
    return this.scores.forward(this.hidden.forward(x).tanh());
  }
}

manualSeed(1);
const model = new Network();
const optimizer = new Adam(model.parameters(), { rate: 0.1 });

const points = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const labels = tensor([0, 1, 1, 0]);

for (let step = 0; step < 60; step++) {
  optimizer.zeroGrad();
  crossEntropy(model.forward(points), labels).backward();
  optimizer.step();
}
console.log(JSON.stringify(await model.forward(points).argmax(-1).toArray()));
