import { useState } from "react";
import { Only } from "@/features/session/Only";
import { Entries } from "./Entries";
import type { Source } from "./search";

export interface AuditListProps {
  /** Of what it was done to: "connector", "contact"… */
  kind: string;
  id: string;
  source?: Source;
}

/** What was done to one thing, for its own page. */
export function AuditList({ kind, id, source = "connectors" }: AuditListProps) {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <Only scope="workspace:admin">
      <Entries
        source={source}
        filters={{ kind, id }}
        opened={opened}
        onOpen={setOpened}
        none="Nothing has been done to it since the trail began."
      />
    </Only>
  );
}
