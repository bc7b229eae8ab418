import { defineConfig } from "vite";

/** The bundle goes where the web service serves it; nothing is inlined, for the strict CSP. */
export default defineConfig({
  base: "/static/viewer/",
  build: {
    target: "es2022",
    outDir: "../static/viewer",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    rollupOptions: { input: "src/main.ts" },
  },
  worker: { format: "es" },
});
