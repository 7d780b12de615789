import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSED = /\.(js|css|svg)$/;
const LEVEL = 9;

interface Budget {
  /** Modules whose chunks, with all that these import at once, a first visit loads. */
  firstLoad: readonly string[];
  mostBytes: number;
}

/** Lays a compressed twin beside each asset, and fails the build when a first visit loads too much. */
export function compressedWithin({ firstLoad, mostBytes }: Budget): Plugin {
  return {
    name: "compressed-within",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const sizes = new Map<string, number>();
        for (const [name, output] of Object.entries(bundle)) {
          if (!COMPRESSED.test(name)) continue;
          const source = gzipSync(output.type === "chunk" ? output.code : output.source, { level: LEVEL });
          sizes.set(name, source.length);
          this.emitFile({ type: "asset", fileName: `${name}.gz`, source });
        }
        const loaded = new Set<string>();
        const load = (name: string) => {
          const output = bundle[name];
          if (loaded.has(name) || output?.type !== "chunk") return;
          loaded.add(name);
          for (const sheet of output.viteMetadata?.importedCss ?? []) loaded.add(sheet);
          for (const imported of output.imports) load(imported);
        };
        for (const [name, output] of Object.entries(bundle)) {
          if (output.type !== "chunk") continue;
          if (output.isEntry || firstLoad.some((end) => output.moduleIds.some((id) => id.endsWith(end))))
            load(name);
        }
        const bytes = [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
        const told = `a first visit loads ${(bytes / 1000).toFixed(1)} kB of scripts and styles (gzip)`;
        if (bytes > mostBytes) this.error(`${told}: more than ${mostBytes / 1000} kB`);
        this.info(told);
      },
    },
  };
}
