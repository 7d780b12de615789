import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { ProblemNote, Skeleton } from "@ui/States";
import { toast } from "@ui/Toast";
import { useEffect } from "react";
import type { Answer, ApiError } from "@/api/client";
import type { Contact, UndoneExecution } from "@/api/mapper";
import { fieldLabel } from "@/features/contact-fields/fields";
import one from "../Contact.module.css";
import styles from "../Contacts.module.css";
import { valueText } from "../model";
import { contactQuery, historyQuery, undoExecution } from "../queries";
import { type Plan, undoPlan } from "../undoing";
import { OriginChip } from "./OriginChip";

const CHANGED_SINCE = 412;
/** Of the history, that are read for one execution. */
const MOST_PAGES = 50;

export interface UndoDialogProps {
  contact: Contact;
  etag: string | null;
  executionId: string;
  labels: ReadonlyMap<string, string>;
  onClose: () => void;
}

/** Says what taking an execution back would do, field by field, before it is done. */
export function UndoDialog({ contact, etag, executionId, labels, onClose }: UndoDialogProps) {
  const { plan, failed } = usePlan(contact, executionId);
  const undoing = useUndoing(contact.id, onClose);
  return (
    <Dialog title="Take back what this execution wrote?" isOpen onClose={onClose}>
      {plan ? (
        <Told plan={plan} labels={labels} />
      ) : failed ? (
        <ProblemNote title={failed.title} detail={failed.detail} traceId={failed.traceId} />
      ) : (
        <Skeleton width={260} />
      )}
      {undoing.error && (
        <ProblemNote
          tone={undoing.error.status === CHANGED_SINCE ? "warning" : "danger"}
          title={undoing.error.title}
          detail={
            undoing.error.status === CHANGED_SINCE
              ? "Nothing was taken back. The list above is as the contact is now: look at it once more."
              : undoing.error.detail
          }
          traceId={undoing.error.traceId}
        />
      )}
      <div className={one.formActions}>
        <Button
          variant="primary"
          isDisabled={!plan || plan.back.length === 0}
          isPending={undoing.isPending}
          onPress={() => undoing.mutate({ executionId, etag })}
        >
          Take it back
        </Button>
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}

/** Of the history of the contact, as far as the execution may stand in it; null until that is read. */
function usePlan(contact: Contact, executionId: string): { plan: Plan | null; failed: ApiError | null } {
  const read = useInfiniteQuery(historyQuery(contact.id, null));
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = read;
  const pages = data?.pages ?? [];
  const changes = pages.flatMap((page) => page.changes);
  // Applied again with other mappings, an execution stands there twice; all of it is within the page after the first.
  const seen = changes.some(({ execution_id }) => execution_id === executionId);
  const reads =
    hasNextPage && pages.length < MOST_PAGES && (!seen || changes.at(-1)?.execution_id === executionId);
  useEffect(() => {
    if (reads && !isFetchingNextPage && !isFetchNextPageError) fetchNextPage();
  }, [reads, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const plan = data && !reads ? undoPlan(contact, executionId, changes) : null;
  return { plan, failed: plan ? null : (read.error as ApiError | null) };
}

function Told({ plan, labels }: { plan: Plan; labels: ReadonlyMap<string, string> }) {
  return (
    <div className={one.plan}>
      {plan.back.length > 0 && (
        <>
          <h3>Holds again what it held before</h3>
          <ul>
            {plan.back.map(({ id, before }) => (
              <li key={id}>
                <span className={one.fieldName}>{fieldLabel(id, labels)}</span>
                {valueText(before) ? (
                  <ins>{valueText(before)}</ins>
                ) : (
                  <span className={styles.quiet}>empty</span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {plan.kept.length > 0 && (
        <>
          <h3>Stays as it is: it was written since</h3>
          <ul>
            {plan.kept.map(({ id, since }) => (
              <li key={id}>
                <span className={one.fieldName}>{fieldLabel(id, labels)}</span>
                <OriginChip origin={since} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function useUndoing(id: string, onClose: () => void) {
  const client = useQueryClient();
  return useMutation<Answer<UndoneExecution>, ApiError, { executionId: string; etag: string | null }>({
    mutationFn: ({ executionId, etag }) => undoExecution(id, executionId, etag),
    onSuccess: ({ body, etag, status }) => {
      client.setQueryData(contactQuery(id).queryKey, { status, body: body.contact, etag });
      client.invalidateQueries({ queryKey: ["contact", id, "history"] });
      client.invalidateQueries({ queryKey: ["contacts"] });
      const kept = body.kept.length > 0 ? `, ${body.kept.length} left as they are` : "";
      toast({
        text: `${body.undone.length} ${body.undone.length === 1 ? "field" : "fields"} taken back${kept}`,
      });
      onClose();
    },
    onError: ({ status }) => {
      if (status === CHANGED_SINCE) client.invalidateQueries({ queryKey: ["contact", id] });
    },
  });
}
