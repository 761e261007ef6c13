/**
 * Puts the Node.js that npm has installed on the path of npm scripts, if npm has not.
 *
 * There is one package of it for each platform, all with a command `node`. npm 10, which Node 20 comes
 * with, drops the commands of those that are for others, and thereby the one of the same name that is
 * for this one. npm runs this after each install.
 */
import { existsSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../node_modules/", import.meta.url));
const program = `node-${process.platform}-${process.arch}/bin/node`;
const link = `${folder}.bin/node`;

// Windows has files with commands in them instead of links; macOS brings its own Node.js.
if (process.platform === "linux" && existsSync(folder + program) && !existsSync(link))
  symlinkSync(`../${program}`, link);
