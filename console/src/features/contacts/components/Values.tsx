import { Button } from "@ui/Button";
import { Select } from "@ui/Select";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { Contact, FieldShape } from "@/api/mapper";
import { customId, EXTERNAL_ID, fieldLabel, SECTIONS } from "@/features/contact-fields/fields";
import { useMay } from "@/features/session/queries";
import one from "../Contact.module.css";
import styles from "../Contacts.module.css";
import { fieldValue } from "../model";
import { ValueRow } from "./ValueRow";

export interface ValuesProps {
  contact: Contact;
  etag: string | null;
  fields: readonly FieldShape[];
  onHistory: (id: string) => void;
}

/** Every value with who wrote it. Fields that hold nothing fold away. */
export function Values({ contact, etag, fields, onHistory }: ValuesProps) {
  const [all, setAll] = useState(false);
  const labels = new Map(fields.map(({ name, label }) => [name, label ?? name]));
  const row = (id: string) => (
    <ValueRow
      key={id}
      contact={contact}
      etag={etag}
      id={id}
      label={fieldLabel(id, labels)}
      field={fields.find(({ name }) => customId(name) === id)}
      onHistory={() => onHistory(id)}
    />
  );
  const holds = (id: string) => all || fieldValue(contact, id) !== undefined;
  const own = [...Object.keys(contact.custom_fields), ...(contact.left_out ?? [])].sort().map(customId);
  return (
    <div className={one.values}>
      {SECTIONS.map(({ title, fields: names }) => {
        const shown = names.filter(holds);
        return (
          shown.length > 0 && (
            <Section key={title} title={title}>
              {shown.map(row)}
            </Section>
          )
        );
      })}
      {(all || contact.external_id) && <Section title="Other systems">{row(EXTERNAL_ID)}</Section>}
      <CustomSection
        contact={contact}
        etag={etag}
        own={own}
        fields={fields}
        row={row}
        onHistory={onHistory}
      />
      <Button size="small" variant="quiet" onPress={() => setAll(!all)}>
        {all ? "Hide empty fields" : "Show empty fields"}
      </Button>
    </div>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className={styles.panel} aria-label={title}>
      <h2 className={one.sectionTitle}>{title}</h2>
      <dl className={one.rows}>{children}</dl>
    </section>
  );
}

interface CustomProps extends ValuesProps {
  own: readonly string[];
  row: (id: string) => React.ReactNode;
}

function CustomSection({ contact, etag, own, fields, row, onHistory }: CustomProps) {
  const may = useMay();
  const [added, setAdded] = useState<string | null>(null);
  const free = fields.filter(({ name, deleting }) => !deleting && !own.includes(customId(name)));
  const adds = may("contacts:edit") && free.length > 0;
  if (own.length === 0 && !adds) return null;
  const field = fields.find(({ name }) => customId(name) === added);
  return (
    <section className={styles.panel} aria-label="Custom fields">
      <h2 className={one.sectionTitle}>Custom fields</h2>
      <dl className={one.rows}>
        {own.map(row)}
        {added && !own.includes(added) && field && (
          <ValueRow
            contact={contact}
            etag={etag}
            id={added}
            label={field.label ?? field.name}
            field={field}
            onHistory={() => onHistory(added)}
            beginsInEdit
            onEnd={() => setAdded(null)}
          />
        )}
      </dl>
      {adds && !(added && !own.includes(added)) && (
        <div className={one.adder}>
          <Plus size={14} aria-hidden="true" />
          <Select
            label="Add a custom field"
            labelHidden
            placeholder="Add a custom field…"
            options={free.map(({ name, label }) => ({ id: customId(name), label: label ?? name }))}
            value={null}
            onChange={setAdded}
          />
        </div>
      )}
    </section>
  );
}
