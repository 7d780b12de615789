import { fileURLToPath } from "node:url";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressedWithin } from "./vite-budget.ts";
import { namedInPage } from "./vite-start.ts";

const START = "src/console.tsx";

const here = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

export default defineConfig({
  plugins: [
    react(),
    { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" },
    namedInPage({ module: START, fonts: ["geist-latin-wght-normal"] }),
    compressedWithin({ firstLoad: [START, "connectors/DashboardPage.tsx"], mostBytes: 200_000 }),
  ],
  resolve: { alias: { "@ui": here("ui"), "@json": here("json"), "@lib": here("lib"), "@": here("src") } },
  // The registry puts a nonce of its own into each page that it serves.
  html: { cspNonce: "CONNECTORS_CSP_NONCE" },
  build: {
    outDir:
      process.env.CONSOLE_OUT_DIR ?? "../services/connector-registry/src/connector_registry/console/built",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Few requests for a page, and little in them that it does not need: each group holds what its modules import.
        codeSplitting: {
          groups: [
            { name: "first", test: /preload-helper|src[\\/]main\.ts$/, priority: 6 },
            { name: "start", test: /src[\\/]console\.tsx$/, priority: 5 },
            { name: "fields", test: /ui[\\/](SearchField|TextField|Switch|PlainSelect)\.tsx$/, priority: 4 },
            { name: "overlays", test: /ui[\\/](Select|Menu|Dialog)\.tsx$/, priority: 3 },
            { name: "icons", test: /lucide-react/, minShareCount: 3, priority: 2 },
            { name: "common", minShareCount: 9, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    // Against a running stack: `make up`, then `connectors npm run dev`.
    proxy: { "/api": process.env.CONNECTORS_REGISTRY_URL ?? "http://127.0.0.1:8080" },
  },
});
