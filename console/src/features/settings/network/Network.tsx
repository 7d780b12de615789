import { useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { EmptyState, Skeleton, Status } from "@ui/States";
import { aboveRow, type Column, Table } from "@ui/Table";
import { Network as NetworkIcon, Plus } from "lucide-react";
import { useState } from "react";
import type { GrantView } from "@/api/schema";
import { personName } from "@/app/people";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { connectorNamesQuery, grantsQuery, useRemoval } from "../queries";
import { SectionHead } from "../SectionHead";
import styles from "../Settings.module.css";
import { NewGrant } from "./NewGrant";

const place = ({ host, port }: GrantView) => `${host}:${port}`;

export default function Network() {
  const [makes, setMakes] = useState(false);
  return (
    <>
      <SectionHead
        title="Network access"
        action={
          <Button
            variant="primary"
            icon={<Plus size={16} aria-hidden="true" />}
            onPress={() => setMakes(true)}
          >
            Allow a host
          </Button>
        }
      >
        Connectors reach whatever is public. What lies inside a network has to be allowed here, host by host,
        with a reason.
      </SectionHead>
      <List />
      {makes && <NewGrant onClose={() => setMakes(false)} />}
    </>
  );
}

function List() {
  const found = useQuery(grantsQuery);
  const { data: connectors = [] } = useQuery(connectorNamesQuery);
  const [removed, setRemoved] = useState<GrantView | null>(null);
  const remove = useRemoval<GrantView>(
    grantsQuery.queryKey,
    ({ id }) => `/api/network-grants/${id}`,
    (grant) => `${place(grant)} is not allowed any more`,
  );
  if (found.isPending) return <Skeleton height={120} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  if (found.data.length === 0) return <None />;
  const nameOf = (id: string | null) =>
    id === null ? "All connectors" : (connectors.find((one) => one.id === id)?.name ?? id);
  return (
    <>
      <Table
        label="Allowed hosts"
        columns={columns(nameOf, setRemoved)}
        rows={found.data}
        rowKey={({ id }) => id}
      />
      {removed && (
        <Confirm
          title={`Forbid ${place(removed)}?`}
          isOpen
          onClose={() => setRemoved(null)}
          action="Forbid"
          tone="danger"
          onConfirm={() => {
            remove.mutate(removed);
            setRemoved(null);
          }}
        >
          Calls that have begun go on. The next one of {nameOf(removed.connector_id)} to it is refused.
        </Confirm>
      )}
    </>
  );
}

const columns = (
  nameOf: (id: string | null) => string,
  onRemove: (grant: GrantView) => void,
): Column<GrantView>[] => [
  {
    id: "host",
    title: "Host",
    cell: (grant) => (
      <>
        <code>{place(grant)}</code>
        <span className={styles.under}>{grant.reason}</span>
        <span className={`${styles.under} ${styles.onlyNarrow}`}>{nameOf(grant.connector_id)}</span>
      </>
    ),
  },
  { id: "for", title: "For", hideNarrow: true, cell: ({ connector_id }) => nameOf(connector_id) },
  {
    id: "by",
    title: "Allowed",
    hideNarrow: true,
    cell: ({ created_by, created_at }) => (
      <>
        <Time at={created_at} />
        <span className={styles.under} title={created_by}>
          by {personName(created_by)}
        </span>
      </>
    ),
  },
  {
    id: "force",
    title: "State",
    cell: ({ in_force }) =>
      in_force ? (
        <Status tone="success">In force</Status>
      ) : (
        <span title="The operator of this installation lets no workspace reach hosts inside its network.">
          <Status tone="neutral">Not in force</Status>
        </span>
      ),
  },
  {
    id: "remove",
    title: "Forbid",
    titleHidden: true,
    align: "end",
    cell: (grant) => (
      <span className={aboveRow}>
        <Button size="small" aria-label={`Forbid ${place(grant)}`} onPress={() => onRemove(grant)}>
          Forbid
        </Button>
      </span>
    ),
  },
];

function None() {
  return (
    <div className={styles.panel}>
      <EmptyState icon={<NetworkIcon size={20} />} title="Only public hosts are reached">
        Nothing inside a network is allowed. A connector that calls such a host is told so when it is tested.
      </EmptyState>
    </div>
  );
}
