import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const built = (file: string) => fileURLToPath(new URL(`../../built-lib/${file}`, import.meta.url));
const token = process.env.CONNECTORS_TOKEN;

/** The library as it is built (`make console-lib`), in a page that knows nothing of it. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  resolve: {
    alias: [
      { find: "@connectors/parts/connectors.css", replacement: built("connectors.css") },
      { find: "@connectors/parts", replacement: built("connectors.js") },
    ],
  },
  build: {
    outDir: "../../built-host",
    emptyOutDir: true,
    target: "es2023",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  server: {
    proxy: {
      "/api": {
        target: process.env.CONNECTORS_REGISTRY_URL ?? "http://127.0.0.1:8080",
        headers: token ? { Authorization: `Bearer ${token}` } : {},
      },
    },
  },
});
