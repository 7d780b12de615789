import { jsonText } from "@json/exact";
import { useQuery } from "@tanstack/react-query";
import { Button, IconButton } from "@ui/Button";
import { CodeBlock } from "@ui/CodeBlock";
import { useKeptFocus } from "@ui/kept-focus";
import { History as HistoryIcon, Pencil } from "lucide-react";
import { useState } from "react";
import type { Contact, FieldShape } from "@/api/mapper";
import { customName } from "@/features/contact-fields/fields";
import { useMay } from "@/features/session/queries";
import one from "../Contact.module.css";
import styles from "../Contacts.module.css";
import { fieldValue, isStructure, originOf, valueText } from "../model";
import { largeValueQuery } from "../queries";
import { Tags } from "./ContactTable";
import { OriginChip } from "./OriginChip";
import { ValueForm } from "./ValueForm";

export interface ValueRowProps {
  contact: Contact;
  etag: string | null;
  id: string;
  label: string;
  field: FieldShape | undefined;
  onHistory: () => void;
  beginsInEdit?: boolean;
  /** The editing has ended, one way or the other. */
  onEnd?: () => void;
}

export function ValueRow(props: ValueRowProps) {
  const { contact, id, label, onHistory, beginsInEdit = false, onEnd } = props;
  const may = useMay();
  const [edits, setEdits] = useState(beginsInEdit);
  const isLarge = contact.left_out?.includes(customName(id) ?? "") ?? false;
  const { place, leaving } = useKeptFocus<HTMLDivElement>();
  const end = () => {
    leaving();
    setEdits(false);
    onEnd?.();
  };
  return (
    <div ref={place} className={one.row} data-edits={edits || undefined}>
      <dt>{label}</dt>
      {edits ? (
        <dd className={one.editing}>
          <ValueForm {...props} onDone={end} />
        </dd>
      ) : (
        <>
          <dd className={one.value}>
            {isLarge ? (
              <LargeValue id={contact.id} field={customName(id) ?? ""} />
            ) : (
              <Value contact={contact} id={id} />
            )}
            <OriginChip origin={originOf(contact, id)} />
          </dd>
          <dd className={one.rowActions}>
            <IconButton label={`History of ${label}`} size="small" onPress={onHistory}>
              <HistoryIcon size={14} />
            </IconButton>
            {may("contacts:edit") && !isLarge && (
              <IconButton data-adds label={`Change ${label}`} size="small" onPress={() => setEdits(true)}>
                <Pencil size={14} />
              </IconButton>
            )}
          </dd>
        </>
      )}
    </div>
  );
}

function Value({ contact, id }: { contact: Contact; id: string }) {
  const value = fieldValue(contact, id);
  if (value === undefined) return <span className={styles.quiet}>Empty</span>;
  if (id === "tags") return <Tags tags={contact.tags ?? []} all />;
  const text = valueText(value);
  if (isStructure(value) && !text.startsWith("{") && !text.startsWith("[")) {
    return <Tags tags={(value as string[]).map(String)} all />;
  }
  return isStructure(value) ? <CodeBlock label="Value" text={jsonText(value, 2)} /> : <span>{text}</span>;
}

/** Read when somebody asks for it. */
function LargeValue({ id, field }: { id: string; field: string }) {
  const [wanted, setWanted] = useState(false);
  const { data, isFetching } = useQuery({ ...largeValueQuery(id, field), enabled: wanted });
  if (data !== undefined) return <CodeBlock label="Value" text={jsonText(data, 2)} />;
  return (
    <Button size="small" isPending={isFetching} onPress={() => setWanted(true)}>
      Show the value: it is large
    </Button>
  );
}
