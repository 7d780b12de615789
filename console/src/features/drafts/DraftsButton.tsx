import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, IconButton } from "@ui/Button";
import { useOpening } from "@ui/opening";
import { popoverClass } from "@ui/popover";
import { toast } from "@ui/Toast";
import { FileClock, Trash2 } from "lucide-react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";
import type { DraftLine } from "@/api/schema";
import { ago, exactTime } from "@/app/time";
import styles from "./Drafts.module.css";
import { beginDraft, discardDraft, draftsQuery, readDraft } from "./queries";

/** What the caller has begun and not saved; nothing, where there is none. */
export default function DraftsButton() {
  const { data: drafts = [] } = useQuery(draftsQuery());
  const opening = useOpening();
  if (drafts.length === 0) return null;
  return (
    <DialogTrigger {...opening}>
      <Button icon={<FileClock size={15} />}>
        {drafts.length === 1 ? "1 draft" : `${drafts.length} drafts`}
      </Button>
      <Popover className={popoverClass} placement="bottom end" offset={6}>
        <Dialog className={styles.dialog ?? ""} aria-label="Drafts">
          <ul className={styles.list}>
            {drafts.map((draft) => (
              <Row key={draft.id} draft={draft} />
            ))}
          </ul>
          <p className={styles.note}>
            Yours alone, without secrets. A draft is gone 30 days after its last change.
          </p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Row({ draft }: { draft: DraftLine }) {
  const discard = useDiscard();
  const changed = new Date(draft.updatedAt);
  const name = draft.name.trim() || "Without a name";
  const step = draft.step as "basic";
  return (
    <li className={styles.row}>
      <span className={styles.icon} aria-hidden="true">
        {draft.icon || "🔌"}
      </span>
      <span className={styles.main}>
        {draft.connectorId ? (
          <Link
            to="/tools/connectors/$id/edit"
            params={{ id: draft.connectorId }}
            search={{ step }}
            className={styles.name}
          >
            {name}
          </Link>
        ) : (
          <Link to="/tools/connectors/new" search={{ draft: draft.id, step }} className={styles.name}>
            {name}
          </Link>
        )}
        <span className={styles.quiet}>
          {draft.connectorId ? "Change" : "New"} ·{" "}
          <time dateTime={draft.updatedAt} title={exactTime(changed)}>
            {ago(changed, new Date())}
          </time>
        </span>
      </span>
      <IconButton label={`Discard the draft ${name}`} size="small" onPress={() => discard(draft)}>
        <Trash2 size={15} />
      </IconButton>
    </li>
  );
}

function useDiscard() {
  const client = useQueryClient();
  const settled = () => client.invalidateQueries({ queryKey: ["drafts"] });
  return async (draft: DraftLine) => {
    try {
      const { connector, step, baseRevision, connectorId, examples, lastTest } = await readDraft(draft.id);
      await discardDraft(draft.id);
      const sent = { connector: connector as never, step, baseRevision, examples, lastTest };
      const undo = () => beginDraft(connectorId, sent, crypto.randomUUID()).finally(settled);
      toast({
        text: "The draft is discarded",
        action: { label: "Undo", run: () => void undo().catch(() => {}) },
      });
    } catch (error) {
      toast({ text: String(error), tone: "danger" });
    }
    await settled();
  };
}
