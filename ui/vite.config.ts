import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** `vite build --mode gallery` builds the page of every state instead of the app's; it is never shipped. */
const GALLERY = { outDir: "dist-gallery", rolldownOptions: { input: "gallery.html" } };

/** Nothing is painted before main.ts has said in which theme: a light frame would flash in the dark. */
const themedFirstPaint = {
  name: "themed-first-paint",
  transformIndexHtml: (html: string): string => html.replace('<script type="module"', '$& blocking="render"'),
};

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), themedFirstPaint],
  // Vitest would take Svelte's server half otherwise.
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  // The policy of the window allows no data: styles and no inline scripts.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: false, ...(mode === "gallery" ? GALLERY : {}) },
  server: { port: 5173, strictPort: true },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
}));
