import { jsonText } from "@json/exact";
import { reasonWords, targetLabel } from "@lib/fields";
import { Status, type Tone } from "@ui/States";
import { type Column, Table } from "@ui/Table";
import type { ExecutionView, MappedValue } from "@/api/schema";
import { Time } from "@/app/Time";
import { ContactName } from "@/features/contact-names/ContactName";
import styles from "./Page.module.css";

const OUTCOMES: Readonly<Record<string, { word: string; tone: Tone }>> = {
  written: { word: "Written", tone: "success" },
  unchanged: { word: "Unchanged", tone: "neutral" },
  skipped: { word: "Skipped", tone: "waiting" },
  refused: { word: "Refused", tone: "danger" },
};

/** What became of the contact: each mapping, with what the field held before and holds since. */
export function MappingOutcomes({ view }: { view: ExecutionView }) {
  if (view.mappings.length === 0) return <p className={styles.quiet}>{whyNone(view)}</p>;
  return view.mappings.map((outcome) => (
    <div key={`${outcome.updated_at} ${outcome.contact_id}`} className={styles.stack}>
      <p className={styles.quiet}>
        {outcome.reason ?? (outcome.created ? "The contact was created" : "The contact was updated")}{" "}
        <Time at={outcome.updated_at} />
        {outcome.contact_id && (
          <>
            {" · "}
            <ContactName id={outcome.contact_id} linkClass={styles.like} />
          </>
        )}
      </p>
      {outcome.mappings && outcome.mappings.length > 0 && (
        <Table<MappedValue>
          label="Mappings"
          columns={COLUMNS}
          rows={outcome.mappings}
          rowKey={({ targetField, targetType, sourcePath }) => `${targetType} ${targetField} ${sourcePath}`}
        />
      )}
      {outcome.cut.includes("mappings") && (
        <p className={styles.quiet}>There were more mappings than are kept of one execution.</p>
      )}
    </div>
  ));
}

function whyNone({ status, contact_id: contact }: ExecutionView): string {
  if (status !== "success") return "A call that did not succeed writes nothing.";
  return contact === null
    ? "No contact belongs to it: nothing was mapped."
    : "Nothing was mapped: its step has no mappings, or the mapper has not come to it yet.";
}

const COLUMNS: Column<MappedValue>[] = [
  {
    id: "field",
    title: "Field",
    cell: ({ targetField, targetType, sourcePath }) => (
      <span className={styles.field}>
        <strong>{targetLabel(targetField, targetType)}</strong>
        <code className={styles.quiet}>{sourcePath}</code>
      </span>
    ),
  },
  {
    id: "outcome",
    title: "Outcome",
    cell: (mapped) => {
      const { word, tone } = OUTCOMES[mapped.outcome] ?? { word: mapped.outcome, tone: "neutral" as const };
      const why = reasonWords(mapped) ?? mapped.remark;
      return (
        <span className={styles.field}>
          <Status tone={tone}>{word}</Status>
          {why && <span className={styles.reason}>{why}</span>}
        </span>
      );
    },
  },
  {
    id: "values",
    title: "Before → after",
    width: "38%",
    cell: (mapped) => <Values mapped={mapped} />,
  },
];

function Values({ mapped }: { mapped: MappedValue }) {
  const before = shown(mapped.before);
  const after = shown(mapped.after);
  if (mapped.outcome === "unchanged") return <code>{after ?? before ?? "–"}</code>;
  if (after === null) return <code className={styles.quiet}>{before ?? "–"}</code>;
  return (
    <span className={styles.change}>
      <code className={styles.before}>{before ?? "empty"}</code>
      <span aria-hidden="true">→</span>
      <span className="visually-hidden">became</span>
      <code>{after}</code>
      {(mapped.cut ?? []).length > 0 && <span className={styles.quiet}>(shortened)</span>}
    </span>
  );
}

/** As JSON but for texts; numbers exactly as they are. */
function shown(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : jsonText(value);
}
