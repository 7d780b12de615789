import { useQuery } from "@tanstack/react-query";
import { Badge } from "@ui/Badge";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { EmptyState, Skeleton } from "@ui/States";
import { aboveRow, type Column, Table } from "@ui/Table";
import { Plus, TextCursorInput } from "lucide-react";
import { useState } from "react";
import type { FieldShape } from "@/api/mapper";
import { Refused } from "@/app/Refused";
import { useMay } from "@/features/session/queries";
import { fieldsQuery, useRemoval } from "../queries";
import { SectionHead } from "../SectionHead";
import styles from "../Settings.module.css";
import { ChangedField } from "./ChangedField";
import { typeName } from "./model";
import { NewField } from "./NewField";

export default function Fields() {
  const may = useMay();
  const [makes, setMakes] = useState(false);
  return (
    <>
      <SectionHead
        title="Custom fields"
        action={
          may("workspace:admin") && (
            <Button
              variant="primary"
              icon={<Plus size={16} aria-hidden="true" />}
              onPress={() => setMakes(true)}
            >
              New field
            </Button>
          )
        }
      >
        What your contacts have beside their built-in fields. Mappings write to a field by its name.
      </SectionHead>
      <List isAdmin={may("workspace:admin")} />
      {makes && <NewField onClose={() => setMakes(false)} />}
    </>
  );
}

function List({ isAdmin }: { isAdmin: boolean }) {
  const found = useQuery(fieldsQuery);
  const [changed, setChanged] = useState<FieldShape | null>(null);
  const [deleted, setDeleted] = useState<FieldShape | null>(null);
  const remove = useRemoval<FieldShape>(
    fieldsQuery.queryKey,
    ({ name }) => `/api/contact-fields/${encodeURIComponent(name)}`,
    ({ name }) => `${name} and its values are deleted`,
  );
  if (found.isPending) return <Skeleton height={120} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  if (found.data.length === 0) return <None />;
  const shown = isAdmin ? [...COLUMNS, actions(setChanged, setDeleted)] : COLUMNS;
  return (
    <>
      <Table label="Custom fields" columns={shown} rows={found.data} rowKey={({ name }) => name} />
      {changed && <ChangedField field={changed} onClose={() => setChanged(null)} />}
      {deleted && (
        <Confirm
          title={`Delete ${deleted.label ?? deleted.name}?`}
          isOpen
          onClose={() => setDeleted(null)}
          action="Delete with all values"
          tone="danger"
          onConfirm={() => {
            remove.mutate(deleted);
            setDeleted(null);
          }}
        >
          The values that contacts have in it are deleted too, for good. A mapping that still writes to it
          makes it again.
        </Confirm>
      )}
    </>
  );
}

const COLUMNS: readonly Column<FieldShape>[] = [
  {
    id: "name",
    title: "Field",
    cell: ({ name, label, description }) => (
      <>
        <span className={styles.strong}>{label ?? name}</span>{" "}
        {label && <code className={styles.muted}>{name}</code>}
        {description && <span className={styles.under}>{description}</span>}
      </>
    ),
  },
  {
    id: "type",
    title: "Type",
    cell: ({ type, inferred, deleting }) => (
      <>
        {typeName(type)} {inferred && <Badge>taken from its first value</Badge>}
        {deleting && <Badge tone="danger">being deleted</Badge>}
      </>
    ),
  },
];

const actions = (
  onChange: (field: FieldShape) => void,
  onDelete: (field: FieldShape) => void,
): Column<FieldShape> => ({
  id: "actions",
  title: "Actions",
  titleHidden: true,
  align: "end",
  cell: (field) =>
    !field.deleting && (
      <span className={`${aboveRow} ${styles.actions}`}>
        <Button size="small" aria-label={`Change ${field.name}`} onPress={() => onChange(field)}>
          Change
        </Button>
        <Button size="small" aria-label={`Delete ${field.name}`} onPress={() => onDelete(field)}>
          Delete
        </Button>
      </span>
    ),
});

function None() {
  return (
    <div className={styles.panel}>
      <EmptyState icon={<TextCursorInput size={20} />} title="There are no custom fields yet">
        A mapping that writes to a name makes one by itself; defined here, it has a type and a label from the
        start.
      </EmptyState>
    </div>
  );
}
