/**
 * The network: two convolutions find strokes, pooling forgets where exactly, two layers decide.
 */
import {
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  operators,
  Sequential,
  type Tensor,
} from "minitorch";

const { relu } = operators;

export class LeNet extends Module {
  /** `[batch, 1, 28, 28] → [batch, 8, 7, 7]` */
  readonly strokes: Sequential = new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    relu,
    new Conv2d(4, 8, 3, { padding: 1 }),
    relu,
    new MaxPool2d(4),
  );
  /** `[batch, 8, 7, 7] → [batch, 10]` */
  readonly digits: Sequential = new Sequential(
    new Flatten(),
    new Linear(8 * 7 * 7, 64),
    relu,
    new Dropout(0.25),
    new Linear(64, 10),
  );

  /** Scores (logits) for the ten digits. */
  forward(images: Tensor): Tensor {
    return this.digits.forward(this.strokes.forward(images));
  }
}
