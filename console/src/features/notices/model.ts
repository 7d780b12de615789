import type { NoticeView } from "@/api/schema";

export interface Told {
  title: string;
  /** Where what it is about is looked after; null when that is gone. */
  to: string | null;
}

const plain = (kind: string) => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ");

/** What has happened, to what: a newer server may know kinds that this console does not. */
export function told(notice: NoticeView): Told {
  const connector = notice.connector_name ?? "A connector";
  const credential = notice.credential_name ?? "A credential";
  const to = notice.credential_id
    ? `/tools/credentials/${notice.credential_id}`
    : notice.connector_id
      ? `/tools/connectors/${notice.connector_id}`
      : null;
  switch (notice.kind) {
    case "connector_failing":
      return { title: `${connector} fails`, to };
    case "credential_stale":
      return { title: `${credential} has to be connected again`, to };
    case "backlog_nearly_full":
      return { title: `The backlog of ${connector} is nearly full`, to };
    case "schema_drift":
      return { title: `${connector} answers otherwise than its output schema says`, to };
    default:
      return { title: `${plain(notice.kind)}: ${notice.connector_name ?? notice.credential_name ?? ""}`, to };
  }
}

export const isUnread = ({ closed_at, read_at }: NoticeView): boolean => !closed_at && !read_at;

/** What the bell is called. */
export function bellLabel(unread: number): string {
  if (unread === 0) return "Notices";
  return unread === 1 ? "Notices, 1 unread" : `Notices, ${unread} unread`;
}
