import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Pager } from "@ui/Pager";
import { EmptyState, Skeleton } from "@ui/States";
import { History as HistoryIcon, Undo2, X } from "lucide-react";
import { useState } from "react";
import type { Contact, ContactChange, FieldChange, FieldShape } from "@/api/mapper";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { byPlace, customName, fieldLabel } from "@/features/contact-fields/fields";
import { useMay } from "@/features/session/queries";
import one from "../Contact.module.css";
import styles from "../Contacts.module.css";
import { valueText } from "../model";
import { historyQuery } from "../queries";
import { authorOf, changeId, undone } from "../undoing";
import { Author } from "./OriginChip";
import { UndoDialog } from "./UndoDialog";

const SHOWN = 80;

export interface HistoryProps {
  contact: Contact;
  etag: string | null;
  fields: readonly FieldShape[];
  /** null: of all. */
  field: string | null;
  onField: (id: string | null) => void;
}

export function History({ contact, etag, fields, field, onField }: HistoryProps) {
  const found = useInfiniteQuery(historyQuery(contact.id, field && (customName(field) ?? field)));
  const [taken, setTaken] = useState<string | null>(null);
  const labels = new Map(fields.map(({ name, label }) => [name, label ?? name]));
  const changes = found.data?.pages.flatMap((page) => page.changes) ?? [];
  return (
    <section className={`${styles.panel} ${one.history}`} aria-label="History">
      <header className={one.historyHead}>
        <h2 className={one.sectionTitle}>{field ? `History of ${fieldLabel(field, labels)}` : "History"}</h2>
        {field && (
          <Button size="small" variant="quiet" icon={<X size={13} />} onPress={() => onField(null)}>
            All fields
          </Button>
        )}
      </header>
      {found.isPending ? (
        <Loading />
      ) : found.isError ? (
        <Refused error={found.error} onRetry={() => found.refetch()} />
      ) : changes.length === 0 ? (
        <EmptyState icon={<HistoryIcon size={20} />} title="Nothing has changed it yet">
          A history goes back as far as executions are remembered.
        </EmptyState>
      ) : (
        <ol className={one.changes}>
          {changes.map((change) => (
            <Change
              key={keyOf(change)}
              change={change}
              labels={labels}
              undone={undone(changes)}
              onUndo={setTaken}
            />
          ))}
        </ol>
      )}
      {found.hasNextPage && (
        <div className={one.more}>
          <Pager
            shown={changes.length === 1 ? "1 change" : `${changes.length} changes`}
            hasMore
            isLoading={found.isFetchingNextPage}
            onMore={() => found.fetchNextPage()}
          />
        </div>
      )}
      {taken && (
        <UndoDialog
          contact={contact}
          etag={etag}
          executionId={taken}
          labels={labels}
          onClose={() => setTaken(null)}
        />
      )}
    </section>
  );
}

const keyOf = ({ at, execution_id, undoes, fields }: ContactChange) =>
  [at, execution_id, undoes, fields.map(({ field }) => field).join(",")].join(" ");

interface ChangeProps {
  change: ContactChange;
  labels: ReadonlyMap<string, string>;
  undone: ReadonlySet<string>;
  onUndo: (executionId: string) => void;
}

function Change({ change, labels, undone: taken, onUndo }: ChangeProps) {
  const may = useMay();
  const execution = change.execution_id;
  const isBack = Boolean(execution && taken.has(execution));
  return (
    <li className={one.change}>
      <div className={one.changeHead}>
        <span className={one.origin}>
          <Author origin={authorOf(change)} />
          <Time at={change.at} />
        </span>
        {execution && !isBack && may("contacts:edit") && (
          <Button size="small" variant="quiet" icon={<Undo2 size={13} />} onPress={() => onUndo(execution)}>
            Undo
          </Button>
        )}
        {isBack && <span className={styles.quiet}>taken back</span>}
      </div>
      {(change.created || change.undoes) && (
        <p className={styles.quiet}>
          {change.undoes ? "Took back what an execution wrote" : "Made the contact"}
        </p>
      )}
      <ul className={one.fields}>
        {change.fields
          .toSorted((one, other) => byPlace(changeId(one), changeId(other)))
          .map((field) => (
            <li key={changeId(field)}>
              <span className={one.fieldName}>{fieldLabel(changeId(field), labels)}</span>
              <FromTo field={field} />
            </li>
          ))}
      </ul>
    </li>
  );
}

function FromTo({ field }: { field: FieldChange }) {
  const before = valueText(field.before);
  const after = field.after_omitted ? "a large value" : valueText(field.after);
  return (
    <span className={one.fromTo}>
      {before !== "" && (
        <>
          <del title={before}>{short(before)}</del> →{" "}
        </>
      )}
      {after === "" ? <span className={styles.quiet}>empty</span> : <ins title={after}>{short(after)}</ins>}
    </span>
  );
}

const short = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

function Loading() {
  return (
    <div className={styles.skeletonRow} aria-busy="true">
      <Skeleton width={200} />
    </div>
  );
}
