/**
 * Runs a program as a stranger's shell would: nothing of this repository's own run (its conditions,
 * its workspace, its npm scripts) reaches the program through the environment.
 */
import { execFile } from "node:child_process";

/** npm settings that say where packages come from, not what this run is about. */
const sources = /^npm_config_(?:cache|registry|userconfig|globalconfig|prefer_offline|offline)$/i;

function environment(): NodeJS.ProcessEnv {
  const own = (name: string): boolean =>
    (/^npm_/i.test(name) && !sources.test(name)) ||
    /^(?:VITEST|NODE_OPTIONS|NODE_ENV|TEST|DEV|PROD|MODE|SSR|BASE_URL)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own(name)));
}

/**
 * What `program` prints when it runs in `folder`.
 * @throws Error with everything it printed, if it fails.
 */
export function execute(
  program: string,
  words: readonly string[],
  folder: string,
): Promise<string> {
  const options = { cwd: folder, env: environment(), maxBuffer: 2 ** 26 };
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const line = [program, ...words].join(" ");
      reject(new Error(`${line}\nin ${folder} failed (${error.code}):\n${stdout}${stderr}`));
    });
  });
}
