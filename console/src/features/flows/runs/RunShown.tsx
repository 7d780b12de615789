import { jsonText } from "@json/exact";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { CodeBlock } from "@ui/CodeBlock";
import { ProblemNote, Skeleton, Status } from "@ui/States";
import { toast } from "@ui/Toast";
import { ChevronLeft, Square } from "lucide-react";
import type { ApiError } from "@/api/client";
import type { FullRun } from "@/api/flows";
import { personName } from "@/app/people";
import { Time } from "@/app/Time";
import { duration } from "@/app/time";
import { ContactName } from "@/features/contact-names/ContactName";
import { useMay } from "@/features/session/queries";
import { type Draft, rowOf } from "../steps";
import { RUN_WORDS } from "../words";
import { between, errorWords, isOver } from "./model";
import { cancelRun, runQuery } from "./queries";
import { RunStep } from "./RunStep";
import styles from "./Runs.module.css";
import { StepStatus } from "./StepStatus";

interface RunShownProps {
  runId: string;
  draft: Draft;
  onBack: () => void;
}

/** One run, step by step, while it goes on and afterwards. */
export function RunShown({ runId, draft, onBack }: RunShownProps) {
  const found = useQuery(runQuery(runId));
  return (
    <>
      <div className={styles.back}>
        <Button variant="quiet" size="small" icon={<ChevronLeft size={15} />} onPress={onBack}>
          All runs
        </Button>
      </div>
      {found.isError ? (
        <ProblemNote {...told(found.error as ApiError)} onRetry={() => found.refetch()} />
      ) : found.isPending ? (
        <Skeleton height={220} />
      ) : (
        <Run run={found.data} draft={draft} />
      )}
    </>
  );
}

function Run({ run, draft }: { run: FullRun; draft: Draft }) {
  const { word, tone } = RUN_WORDS[run.state];
  const took = between(run.started_at, run.ended_at);
  const over = isOver(run.state);
  // What it is at: a run that waits does not just run.
  const goesOn = over ? undefined : run.steps.find(({ state }) => state === "running");
  return (
    <section className={styles.run} aria-label="The run" aria-busy={!over}>
      <div className={styles.runHead}>
        <span className={styles.runWhom} role="status">
          {goesOn ? (
            <StepStatus step={goesOn} definition={rowOf(draft.steps, goesOn.step_id)?.step} />
          ) : (
            <Status tone={tone}>{word}</Status>
          )}
          {took !== null && <span className={styles.took}>{duration(took)}</span>}
        </span>
        {!over && <Cancel run={run} />}
      </div>
      <p className={styles.quiet}>
        {run.contact_id === null ? (
          "Without a contact"
        ) : (
          <>
            For <ContactName id={run.contact_id} linkClass={styles.link} />
          </>
        )}
        , <Time at={run.started_at} />, by {personName(run.started_by)}
      </p>
      {run.error && over && <ProblemNote title="The run has failed" detail={errorWords(run.error)} />}
      {run.error && !over && <ProblemNote tone="warning" title="It waits" detail={errorWords(run.error)} />}
      <ol className={styles.steps}>
        {run.steps.map((step) => (
          <RunStep
            key={step.step_id}
            step={step}
            definition={rowOf(draft.steps, step.step_id)?.step}
            contactId={run.contact_id}
            isRunOver={over}
          />
        ))}
      </ol>
      {run.steps.length === 0 && <p className={styles.quiet}>It has not reached a step yet.</p>}
      {Object.keys(run.variables).length > 0 && (
        <details className={styles.variables}>
          <summary>What it has kept</summary>
          <CodeBlock label="Variables of the run" text={jsonText(run.variables, 2)} />
        </details>
      )}
    </section>
  );
}

function Cancel({ run }: { run: FullRun }) {
  const client = useQueryClient();
  const may = useMay();
  const cancel = useMutation<unknown, ApiError>({
    mutationFn: () => cancelRun(run.id),
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: ["run", run.id] }),
  });
  if (!may("connectors:execute")) return null;
  return (
    <Button
      size="small"
      icon={<Square size={13} />}
      isPending={cancel.isPending}
      onPress={() => cancel.mutate()}
    >
      Cancel the run
    </Button>
  );
}

const told = ({ title, detail, traceId }: ApiError) => ({ title, detail, traceId });
