import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Select } from "@ui/Select";
import { ProblemNote, Skeleton, Status } from "@ui/States";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import type { ApiError } from "@/api/client";
import type { RunView } from "@/api/flows";
import { Time } from "@/app/Time";
import { duration } from "@/app/time";
import { ContactName } from "@/features/contact-names/ContactName";
import { RUN_WORDS } from "../words";
import { between, errorWords, type RunState } from "./model";
import { runsQuery } from "./queries";
import styles from "./Runs.module.css";

const ANY = "any";
const STATES = [
  { id: ANY, label: "Any state" },
  ...Object.entries(RUN_WORDS).map(([id, { word }]) => ({ id, label: word })),
];

/** Earlier runs of a flow, newest first. */
export function RunHistory({ flowId, onShow }: { flowId: string; onShow: (runId: string) => void }) {
  const [state, setState] = useState<RunState | null>(null);
  const found = useInfiniteQuery(runsQuery(flowId, state));
  const runs = found.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <section className={styles.history} aria-label="Earlier runs">
      <div className={styles.historyHead}>
        <h3>Earlier runs</h3>
        <Select
          label="State of the runs"
          labelHidden
          options={STATES}
          value={state ?? ANY}
          onChange={(id) => setState(id === ANY ? null : (id as RunState))}
        />
      </div>
      {found.isError ? (
        <ProblemNote {...told(found.error as ApiError)} onRetry={() => found.refetch()} />
      ) : found.isPending ? (
        <Skeleton height={120} />
      ) : runs.length === 0 ? (
        <p className={styles.quiet}>{state ? "None in this state." : "It has not run yet."}</p>
      ) : (
        <ul className={styles.runs}>
          {runs.map((run) => (
            <RunLine key={run.id} run={run} onShow={onShow} />
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button size="small" isPending={found.isFetchingNextPage} onPress={() => found.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

function RunLine({ run, onShow }: { run: RunView; onShow: (runId: string) => void }) {
  const { word, tone } = RUN_WORDS[run.state];
  const took = between(run.started_at, run.ended_at);
  return (
    <li>
      <AriaButton className={styles.runLine ?? ""} onPress={() => onShow(run.id)}>
        <span className={styles.runWhom}>
          {run.contact_id === null ? (
            <span className={styles.quiet}>No contact</span>
          ) : (
            <ContactName id={run.contact_id} />
          )}
          <Status tone={tone}>{word}</Status>
        </span>
        <span className={styles.runWhen}>
          <Time at={run.started_at} />
          {took !== null && <span className={styles.took}>{duration(took)}</span>}
        </span>
        {run.error && <span className={styles.runWhy}>{errorWords(run.error)}</span>}
      </AriaButton>
    </li>
  );
}

const told = ({ title, detail, traceId }: ApiError) => ({ title, detail, traceId });
