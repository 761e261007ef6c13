/** A CommonJS module that uses the packages: its imports become calls of `require`. */
import { Linear } from "@mt/nn";
import { tensor } from "@mt/tensor";

export const scores = new Linear(2, 1).forward(tensor([[1, 2]])).shape;
