/**
 * SwiftShader, a GPU made of software, with the Vulkan loader it comes with.
 */
import { browserPackage, folderOf, unpackArchive } from "./unpack.ts";

/** The folder that it lies in; null on a platform that the package does not serve. */
export async function swiftshader(): Promise<string | null> {
  const source = browserPackage();
  if (!source) return null;
  return folderOf(`swiftshader-${source.version}`, (folder) =>
    unpackArchive(source.archive("swiftshader.tar.br"), folder),
  );
}
