/**
 * What a graph of imports may not contain: circles of files, imports that run up the package order,
 * and imports of packages that the importing package does not declare. Each violation is one line
 * that begins with `file:line`.
 */
import { type ImportGraph, packageOf, targetOf } from "./graph.ts";
import type { Order } from "./order.ts";

/** Every circle that a walk through the files closes, written as the chain of files. */
export function circles(graph: ImportGraph): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    for (const { line, specifier } of graph.get(file) ?? []) {
      const target = targetOf(file, specifier);
      if (target === undefined || finished.has(target) || !graph.has(target)) continue;
      const start = path.indexOf(target);
      if (start < 0) walk(target, [...path, target]);
      else
        found.push(
          `${file}:${line} closes a circle: ${[...path.slice(start), target].join(" → ")}`,
        );
    }
    finished.add(file);
  };
  for (const file of graph.keys()) if (!finished.has(file)) walk(file, [file]);
  return found;
}

/** `"packages/tensor/src/view.ts"` → `"@mt/tensor"`. */
function owner(file: string): string | undefined {
  const folder = /^packages\/([^/]+)\//.exec(file)?.[1];
  return folder === undefined || folder === "minitorch" ? folder : `@mt/${folder}`;
}

/** Imports of a package which the importing package's row does not name. */
export function upwardImports(graph: ImportGraph, order: Order): string[] {
  return [...graph].flatMap(([file, imports]) => {
    const from = owner(file);
    if (from === undefined) return [];
    const allowed = order[from];
    if (!allowed) return [`${file}:1 belongs to ${from}, which has no row in the package order`];
    return imports.flatMap(({ line, specifier }) => {
      const to = packageOf(specifier);
      if (to === undefined || !(to in order) || allowed.includes(to)) return [];
      return [
        `${file}:${line} imports ${to}, but ${from} may import ${allowed.join(", ") || "none"}`,
      ];
    });
  });
}

/** Imports of packages that the folder's package.json does not declare; `node:` is always there. */
export function undeclaredImports(
  graph: ImportGraph,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  return [...graph].flatMap(([file, imports]) => {
    const folder = file.split("/").slice(0, 2).join("/");
    return imports.flatMap(({ line, specifier }) => {
      const to = packageOf(specifier);
      if (to === undefined || to.startsWith("node:") || declared.get(folder)?.has(to)) return [];
      return [`${file}:${line} imports ${to}, which ${folder}/package.json does not declare`];
    });
  });
}

/** Relative imports that lead to no file, so that the graph cannot miss a circle behind them. */
export function deadImports(graph: ImportGraph): string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports.flatMap(({ line, specifier }) => {
      const target = targetOf(file, specifier);
      if (target === undefined || graph.has(target)) return [];
      return [`${file}:${line} imports ${specifier}, but there is no ${target}`];
    }),
  );
}
