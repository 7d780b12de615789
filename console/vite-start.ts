import type { HtmlTagDescriptor, Plugin, Rolldown } from "vite";

interface Start {
  /** The module that the first script goes on with. */
  module: string;
  /** Beginnings of the names of fonts that every page shows. */
  fonts: readonly string[];
}

/** The page itself names what its first script will ask for: nothing of it waits for that script. */
export function namedInPage({ module, fonts }: Start): Plugin {
  return {
    name: "named-in-page",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle = {} }) {
        const all = Object.values(bundle).filter((output) => output.type === "chunk");
        const named = closure(all, (chunk) => chunk.isEntry);
        const chunks = [
          ...closure(all, ({ moduleIds }) => moduleIds.some((id) => id.endsWith(module))),
        ].filter((chunk) => !named.has(chunk));
        const sheets = new Set(chunks.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]));
        const faces = Object.keys(bundle).filter(
          (name) => name.endsWith(".woff2") && fonts.some((font) => name.startsWith(`assets/${font}`)),
        );
        if (chunks.length === 0 || faces.length !== fonts.length) {
          throw new Error(`the start of the console is not found: ${module}, ${faces.join(", ")}`);
        }
        return [
          ...chunks.map(({ fileName }) => link("modulepreload", fileName)),
          ...[...sheets].map((name) => link("stylesheet", name)),
          ...faces.map((name) => link("preload", name, { as: "font", type: "font/woff2" })),
        ];
      },
    },
  };
}

/** Those chunks, and all that they import at once. */
function closure(
  all: readonly Rolldown.OutputChunk[],
  isFirst: (chunk: Rolldown.OutputChunk) => boolean,
): Set<Rolldown.OutputChunk> {
  const found = new Set(all.filter(isFirst));
  for (const { imports } of found)
    for (const chunk of all) if (imports.includes(chunk.fileName)) found.add(chunk);
  return found;
}

const link = (rel: string, name: string, more: Record<string, string> = {}): HtmlTagDescriptor => ({
  tag: "link",
  attrs: { rel, crossorigin: true, href: `/${name}`, ...more },
  injectTo: "head",
});
