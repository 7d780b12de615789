import type { CodeEditorProps } from "@lib/CodeEditor";
import { Skeleton } from "@ui/States";
import { lazy, Suspense } from "react";

const CodeEditor = lazy(() => import("@lib/CodeEditor"));

/** The code editor, fetched when one is first shown; its place is kept meanwhile. */
export function Editor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton height={(props.minLines ?? 6) * 20 + 42} />}>
      <CodeEditor {...props} />
    </Suspense>
  );
}
