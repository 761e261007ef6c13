/**
 * How the page is built and served.
 */
import { defaultClientConditions, defineConfig } from "vite";

/** With these a page may share memory among threads; without them one thread computes. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  server: { headers },
  preview: { headers },
  resolve: { conditions: ["@mt/source", ...defaultClientConditions] }, // sources of this repository
  build: { target: "es2024" },
});
