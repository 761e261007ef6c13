/**
 * Completes package-lock.json with the platform packages that npm left out of it. Tools such as
 * turbo and Biome publish one binary package for each platform and list them as optional; where
 * one of them cannot be had, npm writes a lock without it and `npm ci` then refuses that very
 * lock. An entry without a hash is enough: only its own platform would ever install it.
 * `npm run lock` runs this after each change of dependencies.
 */
import { readFileSync, writeFileSync } from "node:fs";

const named = (...names) => names.map((name) => [name, name]);

const operatingSystems = new Map([
  ...named("aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony"),
  ...named("sunos", "win32"),
  ["windows", "win32"],
]);

const processors = new Map([
  ...named("arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"),
  ["64", "x64"],
]);

/** What a package's name says of its platform: `rolldown-linux-x64-musl` → linux, x64, musl. */
function platformOf(name) {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const find = (table) => table.get(words.find((word) => table.has(word)));
  const os = find(operatingSystems);
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return { os, cpu: find(processors), libc: os === "linux" ? libc : undefined };
}

function entryFor(name, version, parent) {
  const { os, cpu, libc } = platformOf(name);
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(parent.dev && { dev: true }),
    ...(libc && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const missing = Object.entries(lock.packages).flatMap(([path, parent]) =>
  Object.entries(parent.optionalDependencies ?? {})
    .filter(([name, version]) => platformOf(name).os && /^\d+\.\d+\.\d+/.test(version))
    .filter(
      ([name]) =>
        !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
    )
    .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, parent)]),
);

const entries = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
lock.packages = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`package-lock.json: ${missing.length} platform packages added.`);
