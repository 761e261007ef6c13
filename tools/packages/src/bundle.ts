/**
 * Bundlers as strangers configure them: for a browser, minified, in one file, and with no setting
 * that knows of our packages.
 */
import { join } from "node:path";
import { build as buildByEsbuild } from "esbuild";
import { build as buildByVite } from "vite";

const target = "es2024";

/** Bundles the program `name.ts` of `folder` into `into/name.js`. */
export type Bundle = (folder: string, name: string, into: string) => Promise<unknown>;

export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: (folder, name, into) =>
    buildByEsbuild({
      absWorkingDir: folder,
      entryPoints: [`${name}.ts`],
      outfile: join(into, `${name}.js`),
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target,
    }),
  vite: (folder, name, into) =>
    buildByVite({
      root: folder,
      configFile: false,
      logLevel: "error",
      mode: "production",
      build: {
        target,
        outDir: into,
        modulePreload: { polyfill: false },
        rolldownOptions: {
          input: join(folder, `${name}.ts`),
          output: { entryFileNames: "[name].js" },
        },
      },
    }),
};
