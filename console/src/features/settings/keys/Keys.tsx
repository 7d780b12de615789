import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { Pager } from "@ui/Pager";
import { EmptyState, Skeleton, Status, type Tone } from "@ui/States";
import { aboveRow, type Column, Table } from "@ui/Table";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import type { ApiKeyView } from "@/api/schema";
import { personName } from "@/app/people";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { keysQuery, useRemoval } from "../queries";
import { SectionHead } from "../SectionHead";
import styles from "../Settings.module.css";
import { accessOf, type KeyState, keyState } from "./model";
import { NewKey } from "./NewKey";

export default function Keys() {
  const [makes, setMakes] = useState(false);
  return (
    <>
      <SectionHead
        title="API keys"
        action={
          <Button
            variant="primary"
            icon={<Plus size={16} aria-hidden="true" />}
            onPress={() => setMakes(true)}
          >
            New key
          </Button>
        }
      >
        For programs that call the API. A key is shown once, when it is made, and can be revoked at any time.
      </SectionHead>
      <List />
      {makes && <NewKey onClose={() => setMakes(false)} />}
    </>
  );
}

function List() {
  const found = useInfiniteQuery(keysQuery);
  const [revoked, setRevoked] = useState<ApiKeyView | null>(null);
  const revoke = useRemoval<ApiKeyView>(
    keysQuery.queryKey,
    ({ id }) => `/api/api-keys/${id}`,
    ({ name }) => `${name} is revoked: it opens nothing any more`,
  );
  if (found.isPending) return <Skeleton height={120} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const keys = found.data.pages.flatMap((page) => page.api_keys);
  if (keys.length === 0) return <None />;
  return (
    <>
      <Table label="API keys" columns={columns(setRevoked)} rows={keys} rowKey={({ id }) => id} />
      <Pager
        shown={keys.length === 1 ? "1 key" : `${keys.length} keys`}
        hasMore={found.hasNextPage}
        isLoading={found.isFetchingNextPage}
        onMore={() => found.fetchNextPage()}
      />
      {revoked && (
        <Confirm
          title={`Revoke ${revoked.name}?`}
          isOpen
          onClose={() => setRevoked(null)}
          action="Revoke"
          tone="danger"
          onConfirm={() => {
            revoke.mutate(revoked);
            setRevoked(null);
          }}
        >
          Whatever uses it is refused from now on. It cannot be taken back: make another key instead.
        </Confirm>
      )}
    </>
  );
}

const STATES: Record<KeyState, { tone: Tone; text: string }> = {
  active: { tone: "success", text: "Active" },
  expired: { tone: "neutral", text: "Expired" },
  revoked: { tone: "neutral", text: "Revoked" },
};

const columns = (onRevoke: (key: ApiKeyView) => void): Column<ApiKeyView>[] => [
  { id: "name", title: "Name", cell: (key) => <Name apiKey={key} /> },
  { id: "access", title: "May", cell: (key) => <span title={key.scopes.join(", ")}>{accessOf(key)}</span> },
  {
    id: "used",
    title: "Last used",
    hideNarrow: true,
    cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} /> : <Muted>Never</Muted>),
  },
  {
    id: "ends",
    title: "Ends",
    hideNarrow: true,
    cell: ({ expires_at }) => (expires_at ? <Time at={expires_at} /> : <Muted>Never</Muted>),
  },
  {
    id: "state",
    title: "State",
    cell: (key) => {
      const { tone, text } = STATES[keyState(key, new Date())];
      return <Status tone={tone}>{text}</Status>;
    },
  },
  {
    id: "revoke",
    title: "Revoke",
    titleHidden: true,
    align: "end",
    cell: (key) =>
      keyState(key, new Date()) === "active" && (
        <span className={aboveRow}>
          <Button size="small" onPress={() => onRevoke(key)} aria-label={`Revoke ${key.name}`}>
            Revoke
          </Button>
        </span>
      ),
  },
];

function Name({ apiKey: { name, prefix, kind, created_by, created_at } }: { apiKey: ApiKeyView }) {
  return (
    <>
      <span className={styles.strong}>{name}</span>
      <span className={styles.under}>
        <code>{prefix}…</code>
        {kind === "flow" && " · for a flow engine"}
        {" · made "}
        <Time at={created_at} />
        <span title={created_by}>{` by ${personName(created_by)}`}</span>
      </span>
    </>
  );
}

function Muted({ children }: { children: string }) {
  return <span className={styles.muted}>{children}</span>;
}

function None() {
  return (
    <div className={styles.panel}>
      <EmptyState icon={<KeyRound size={20} />} title="There is no key yet">
        Make one for a program that calls connectors or changes contacts.
      </EmptyState>
    </div>
  );
}
