import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, IconButton } from "@ui/Button";
import { Disclosure } from "@ui/Disclosure";
import { useKeptFocus } from "@ui/kept-focus";
import { toast } from "@ui/Toast";
import { Trash2 } from "lucide-react";
import { ApiError } from "@/api/client";
import type { ExampleLine } from "@/api/schema";
import { ago, exactTime } from "@/app/time";
import { examplesQuery, removeExample } from "../examples";
import styles from "./Examples.module.css";
import { useTrial } from "./trial";

/** Tests that were kept: one press fills the inputs, and its answer is there to be transformed. */
export function Examples({ connectorId }: { connectorId: string }) {
  const { data: examples = [] } = useQuery(examplesQuery(connectorId));
  const { place, leaving } = useKeptFocus<HTMLUListElement>();
  if (examples.length === 0) return null;
  return (
    <Disclosure
      title="Examples"
      summary={examples.length === 1 ? "1 test that was kept" : `${examples.length} tests that were kept`}
    >
      <ul ref={place} className={styles.examples}>
        {examples.map((example, index) => (
          <Row key={example.id} connectorId={connectorId} example={example} onLeave={() => leaving(index)} />
        ))}
      </ul>
    </Disclosure>
  );
}

interface RowProps {
  connectorId: string;
  example: ExampleLine;
  onLeave: () => void;
}

function Row({ connectorId, example, onLeave }: RowProps) {
  const client = useQueryClient();
  const { choose } = useTrial();
  const kept = new Date(example.createdAt);
  const remove = async () => {
    onLeave();
    await removeExample(connectorId, example.id).catch((error: unknown) => toast(refusal(error)));
    await client.invalidateQueries({ queryKey: examplesQuery(connectorId).queryKey });
  };
  return (
    <li>
      <Button
        size="small"
        aria-label={`Use the example ${example.name}`}
        onPress={() => choose(example.id).catch((error: unknown) => toast(refusal(error)))}
      >
        {example.name}
      </Button>
      <span className={styles.when}>
        {example.status} ·{" "}
        <time dateTime={example.createdAt} title={exactTime(kept)}>
          {ago(kept, new Date())}
        </time>
      </span>
      <IconButton data-removes label={`Delete the example ${example.name}`} size="small" onPress={remove}>
        <Trash2 size={14} />
      </IconButton>
    </li>
  );
}

const refusal = (error: unknown) => ({
  text: error instanceof ApiError ? `${error.title}. ${error.detail}` : String(error),
  tone: "danger" as const,
});
