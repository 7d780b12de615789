import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import viteConfig from "./vite.config.ts";

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      environment: "node",
      isolate: false,
      include: ["{ui,json,lib,src}/**/*.test.{ts,tsx}"],
      setupFiles: ["src/testing/setup.ts"],
      restoreMocks: true,
      // A busy machine is slow, and nothing is wrong with that.
      testTimeout: 60_000,
    },
  }),
);
