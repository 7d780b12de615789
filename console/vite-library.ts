import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import postcss, { type AtRule, type Declaration } from "postcss";
import type { Plugin } from "vite";

const LAYER = "connectors";

/** All styles in one layer and important: in a layer that is stronger than whatever a page says of its elements, and
 * weaker than nothing that it has. Tokens are left as they are, so that a page may set its own. */
export function inOneLayer(): Plugin {
  return {
    name: "in-one-layer",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const output of Object.values(bundle)) {
          if (output.type === "asset" && output.fileName.endsWith(".css")) {
            output.source = layered(output.source.toString());
          }
        }
      },
    },
  };
}

export function layered(css: string): string {
  const root = postcss.parse(css);
  root.walkDecls((declaration) => {
    declaration.important ||= !isToken(declaration) && !isOfAnimation(declaration);
  });
  const layer = postcss.atRule({ name: "layer", params: LAYER, nodes: root.nodes });
  return postcss.root({ nodes: [layer] }).toString();
}

/** A host sets `--accent` or a theme on `.cx-root` as it likes. */
const isToken = (declaration: Declaration) =>
  declaration.prop.startsWith("--") || declaration.prop === "color-scheme";

function isOfAnimation(declaration: Declaration): boolean {
  const above = declaration.parent?.parent;
  return above?.type === "atrule" && (above as AtRule).name.endsWith("keyframes");
}

/** Types of the library beside it, whose own short names for folders become ways from file to file. */
export function withTypes(project: string, folder: string): Plugin {
  return {
    name: "with-types",
    apply: "build",
    closeBundle() {
      execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project, "--outDir", folder]);
      for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (file.endsWith(".d.ts")) relink(join(folder, file), folder);
      }
    },
  };
}

function relink(file: string, folder: string) {
  const text = readFileSync(file, "utf8").replace(
    /"@(ui|json|lib)\/([^"]+)"/g,
    (_all, top: string, rest: string) => {
      const way = relative(dirname(file), join(folder, top, rest));
      return `"${way.startsWith(".") ? way : `./${way}`}"`;
    },
  );
  writeFileSync(file, text.replace(/^import "[^"]+\.css";\n/gm, ""));
}
