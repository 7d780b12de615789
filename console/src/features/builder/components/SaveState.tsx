import { Status } from "@ui/States";
import { useFormState } from "react-hook-form";
import { exactTime } from "@/app/time";
import type { DraftState } from "../draft-keeper";
import type { Values } from "../values";

export type Saving = "idle" | "saving" | "saved";

/** What is really so: saved, kept as a draft on the server, or in this tab only. */
export function SaveState({ state, draft }: { state: Saving; draft: DraftState }) {
  const { isDirty } = useFormState<Values>();
  if (state === "saving") return <Status tone="info">Saving…</Status>;
  if (isDirty || draft.name === "kept") return <Unsaved draft={draft} />;
  return state === "saved" ? <Status tone="success">Saved</Status> : null;
}

function Unsaved({ draft }: { draft: DraftState }) {
  if (draft.name === "kept") {
    return (
      <span
        title={`On the server since ${exactTime(draft.at)}, without secrets. Nothing uses it until you save.`}
      >
        <Status tone="info">Draft saved</Status>
      </span>
    );
  }
  if (draft.name === "sending") return <Status tone="neutral">Saving draft…</Status>;
  if (draft.name === "failed" || draft.name === "elsewhere") {
    return (
      <span title={`${draft.why} Without secrets it stays in this tab until you save.`}>
        <Status tone="warning">In this tab only</Status>
      </span>
    );
  }
  return (
    <span title="Kept in this tab, and on the server in a moment, without secrets.">
      <Status tone="warning">Not saved yet</Status>
    </span>
  );
}
