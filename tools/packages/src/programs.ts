/**
 * The programs of strangers in `programs/`, with what those that run print.
 */
import { fileURLToPath } from "node:url";

export const programFolder: string = fileURLToPath(new URL("../programs", import.meta.url));

/** The programs to bundle and run: by file name, what they print. */
export const printed: Readonly<Record<string, string>> = {
  "hello-matmul": "[[7,10],[15,22]]\n",
  "train-network": "[0,1,1,0]\n",
};
