import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressedWithin } from "./vite-budget.ts";

const here = (folder: string) => new URL(folder, import.meta.url).pathname;

export default defineConfig({
  plugins: [
    react(),
    { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" },
    compressedWithin({ firstLoad: ["connectors/DashboardPage.tsx"], mostBytes: 200_000 }),
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
  },
  server: {
    // Against a running stack: `make up`, then `npm run dev`.
    proxy: { "/api": process.env.CONNECTORS_REGISTRY_URL ?? "http://127.0.0.1:8080" },
  },
});
