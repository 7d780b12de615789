import { Skeleton } from "@ui/States";
import { lazy, Suspense } from "react";
import type { CodeEditorProps } from "./CodeEditor";

const CodeEditor = lazy(() => import("./CodeEditor"));

export type JsonataEditorProps = Omit<CodeEditorProps, "language">;

/** JSONata with colours, and with what may come next of `sample`. Fetched when one is first shown; its place is kept. */
export function JsonataEditor(props: JsonataEditorProps) {
  return (
    <Suspense fallback={<Skeleton height={(props.minLines ?? 6) * 20 + 42} />}>
      <CodeEditor {...props} language="jsonata" />
    </Suspense>
  );
}
