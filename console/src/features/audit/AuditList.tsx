import { Only } from "@/features/session/Only";
import { Entries } from "./Entries";
import type { Source } from "./search";

export interface AuditListProps {
  /** Of what it was done to: "connector", "contact"… */
  kind: string;
  id: string;
  /** What it is called: where the trail has only its id. */
  name?: string;
  source?: Source;
  /** The one that is looked at. */
  opened: string | null;
  onOpen: (id: string | null) => void;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** What was done to one thing, for its own page. */
export function AuditList({ kind, id, name, source = "connectors", opened, onOpen }: AuditListProps) {
  return (
    <Only scope="workspace:admin">
      <Entries
        source={source}
        filters={{ kind, id }}
        names={name === undefined ? NONE : new Map([[id, name]])}
        opened={opened}
        onOpen={onOpen}
        none="Nothing has been done to it since the trail began."
      />
    </Only>
  );
}
