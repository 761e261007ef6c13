/**
 * A headless Chromium for tests, with the libraries that a bare Linux lacks and with WebGPU.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LaunchOptions } from "playwright";
import { browserPackage, folderOf, unpackArchive, unpackProgram } from "./unpack.ts";

/** Without the first there is no adapter at all; the second says which. */
const webgpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Text needs a font: without one the browser ends when it draws some. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fonts</cachedir>
</fontconfig>
`;

/**
 * What playwright needs to know to launch it. Serve pages from `http://127.0.0.1`: others have no
 * `navigator.gpu`. On platforms that the package does not serve it is playwright's own browser,
 * which `npx playwright install chromium` fetches.
 */
export async function chromium(): Promise<LaunchOptions> {
  const source = browserPackage();
  if (!source) return { args: webgpu };
  const folder = await folderOf(`chromium-${source.version}`, async (fresh) => {
    const archives = ["swiftshader.tar.br", "fonts.tar.br", "al2023.tar.br"];
    await Promise.all([
      unpackProgram(source.archive("chromium.br"), join(fresh, "chromium")),
      ...archives.map((name) => unpackArchive(source.archive(name), fresh)),
    ]);
    await writeFile(join(fresh, "fonts.conf"), fonts);
  });
  return {
    executablePath: join(folder, "chromium"),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, "lib"),
      FONTCONFIG_PATH: folder,
      XDG_CACHE_HOME: join(folder, "cache"),
    },
    args: ["--no-sandbox", ...webgpu],
  };
}
