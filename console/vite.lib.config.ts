import { fileURLToPath } from "node:url";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig, esmExternalRequirePlugin } from "vite";
import { inOneLayer, withTypes } from "./vite-library.ts";

const here = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

/** `lib/` for other pages: ES modules without React, one sheet, types. */
export default defineConfig({
  plugins: [
    react(),
    { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" },
    // What is written for Node asks for React by `require`, which browsers have not.
    esmExternalRequirePlugin({ external: [/^react(\/|$)/, /^react-dom(\/|$)/] }),
    inOneLayer(),
    withTypes("tsconfig.lib.json", "built-lib/types"),
  ],
  resolve: { alias: { "@ui": here("ui"), "@json": here("json"), "@lib": here("lib") } },
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "built-lib",
    emptyOutDir: true,
    target: "es2023",
    cssCodeSplit: false,
    reportCompressedSize: false,
    lib: { entry: here("lib/embed.ts"), formats: ["es"], fileName: "connectors", cssFileName: "connectors" },
  },
});
