import { Status } from "@ui/States";
import { useFormState } from "react-hook-form";
import type { Values } from "../values";

export type Saving = "idle" | "saving" | "saved";

/** What is really so: saved on the server, or kept in this tab only. */
export function SaveState({ state }: { state: Saving }) {
  const { isDirty } = useFormState<Values>();
  if (state === "saving") return <Status tone="info">Saving…</Status>;
  if (isDirty) {
    return (
      <span title="Kept in this tab until you save, without secrets.">
        <Status tone="warning">Not saved yet</Status>
      </span>
    );
  }
  return state === "saved" ? <Status tone="success">Saved</Status> : null;
}
