/**
 * Runs the examples of one markdown file in the folder where the packages are installed, and
 * prints what is wrong with them.
 *
 * node read-me.ts FILE import|require
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { markdownExamples } from "@mt-tools/documents/examples";
import { type Load, run } from "@mt-tools/documents/run";

/** How a module of the consumer's loads another: the text of one that only does this. */
const loaders: Readonly<Record<string, readonly [file: string, text: string]>> = {
  import: ["load.mjs", "export const load = (name) => import(name);"],
  require: ["load.cjs", "exports.load = async (name) => require(name);"],
};

const [file = "", way = ""] = process.argv.slice(2);
const [name, text] = loaders[way] ?? [];
if (name === undefined || text === undefined) throw new Error(`no way to load by "${way}"`);
writeFileSync(name, text);

const { load }: { load: Load } = await import(pathToFileURL(name).href);
const blocks = markdownExamples(readFileSync(file, "utf8"));
const failures = (await run(blocks, [], load)).flat();
for (const { line, message } of failures) console.log(`${file}:${line}: ${message}`);
if (blocks.length === 0) console.log(`${file} has no examples`);
if (blocks.length === 0 || failures.length > 0) process.exitCode = 1;
