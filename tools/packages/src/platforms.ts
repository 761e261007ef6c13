/**
 * The Node.js versions and compilers that the packages are held to. The newest of each are those
 * of the repository; the others are installed in `tools/consumers`, out of the way of its scripts.
 */
import { root } from "./repository.ts";

const oldest = `${root}tools/consumers/oldest/node_modules`;
const middle = `${root}tools/consumers/middle/node_modules`;

/** The programs `node`, by major version. */
export const nodes: Readonly<Record<string, string>> = {
  22: `${oldest}/.bin/node`,
  24: process.execPath,
};

/** The compilers, by version: files to run with Node.js. */
export const compilers: Readonly<Record<string, string>> = {
  "5.9": `${oldest}/typescript/bin/tsc`,
  "6.0": `${middle}/typescript/bin/tsc`,
  "7.0": `${root}node_modules/typescript/bin/tsc`,
};
