/** The network whose steps are timed: two convolutions, two layers, as in the example of digits. */
import { Conv2d, Dropout, Linear, Module } from "@mt/nn";
import { maxPool2d, type Tensor } from "@mt/tensor";

/** `[batch, 1, 28, 28] → [batch, 10]` */
export class LeNet extends Module {
  readonly first = new Conv2d(1, 4, 3, { padding: 1 });
  readonly second = new Conv2d(4, 8, 3, { padding: 1 });
  readonly hidden = new Linear(392, 64);
  readonly dropout = new Dropout(0.25);
  readonly out = new Linear(64, 10);
  forward(x: Tensor): Tensor {
    const maps = this.second.forward(this.first.forward(x).relu()).relu();
    const flat = maxPool2d(maps, 4).reshape(-1, 392);
    return this.out.forward(this.dropout.forward(this.hidden.forward(flat).relu()));
  }
}
