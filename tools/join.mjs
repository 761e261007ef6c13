/**
 * Joins the modules of a package, as tsc has made them, into one file for each entry, `dist/node`.
 *
 * A program in Node pays half a millisecond for each module it loads, and the packages are hundreds
 * of small ones. A page does not: its bundler takes what it needs of the modules themselves. So
 * "node" in `exports` names the joined file, and "default" the modules. Run in a package's folder;
 * words name modules of `dist` that are loaded by other ways than `exports`, as workers are.
 *
 * What the first entry of a package holds, its other entries import from there, as its users do: so
 * every class is there once, and the first entry is still one file. It must export what they need.
 */
import { readFileSync, rmSync } from "node:fs";
import { basename, resolve } from "node:path";
import { build } from "esbuild";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const [first, ...others] = Object.values(exports).flatMap(({ node, default: modules }) =>
  node ? [[basename(node, ".js"), modules]] : [],
);
const apart = process.argv.slice(2).map((module) => [basename(module), `dist/${module}.js`]);

const join = ([name, module], plugins = []) =>
  build({
    entryPoints: { [name]: module },
    outdir: "dist/node",
    bundle: true,
    metafile: true,
    plugins,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "es2024",
    sourcemap: true,
    sourcesContent: false,
    minifyWhitespace: true, // less to parse; names stay, and lines that an error can point to
    lineLimit: 120,
    logLevel: "warning",
  });
rmSync("dist/node", { recursive: true, force: true });
const { metafile } = await join(first);

const held = new Set(Object.keys(metafile.inputs).map((file) => resolve(file)));
const fromFirst = {
  name: "from-first",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      held.has(resolve(resolveDir, path)) ? { path: `./${first[0]}.js`, external: true } : null,
    ),
};
/** Fails where an entry imports what the first does not export. */
const check = ([name]) =>
  build({
    entryPoints: [`dist/node/${name}.js`],
    bundle: true,
    write: false,
    packages: "external",
    format: "esm",
    logLevel: "warning",
  });
await Promise.all([
  ...others.map((entry) => join(entry, [fromFirst]).then(() => check(entry))),
  ...apart.map((entry) => join(entry)),
]);
