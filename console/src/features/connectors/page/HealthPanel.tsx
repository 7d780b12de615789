import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { Skeleton, Status } from "@ui/States";
import type { HealthView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { useMay } from "@/features/session/queries";
import { localTimes } from "../health";
import { evidenceOf, type Help, helpOf, isHeldByApi, stateOf } from "./health";
import styles from "./Page.module.css";
import { healthQuery, useResume } from "./queries";

export interface HealthPanelProps {
  id: string;
  onEnable: () => void;
  /** A section of the page. */
  onShow: (tab: "waiting" | "failures") => void;
}

/** Why it runs, or does not: one sentence, what it is built on, and the one thing to do. */
export function HealthPanel({ id, onEnable, onShow }: HealthPanelProps) {
  const found = useQuery(healthQuery(id));
  if (found.isPending) return <Skeleton height={96} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const health = found.data;
  const { word, tone } = stateOf(health.state);
  return (
    <section className={styles.health} aria-label="Health" data-tone={tone}>
      <div className={styles.sentence}>
        <Status tone={tone}>{word}</Status>
        <p>{localTimes(health.sentence, new Date())}</p>
        {health.advice && <p className={styles.advice}>{whatToDo(health.advice)}</p>}
        {health.answered_by === "registry" && (
          <p className={styles.quiet}>
            No executor has answered: what waits and what is being called is not known.
          </p>
        )}
        <div className={styles.helps}>
          <Action help={helpOf(health.state)} id={id} onEnable={onEnable} onShow={onShow} />
          {isHeldByApi(health) && <TryNow id={id} />}
        </div>
      </div>
      <EvidenceList health={health} />
    </section>
  );
}

/** Its API asked to be left alone, or failed: whoever has mended that need not wait until then. */
function TryNow({ id }: { id: string }) {
  const resume = useResume(id);
  if (!useMay()("connectors:edit")) return null;
  return (
    <Button onPress={() => resume.mutate()} isDisabled={resume.isPending}>
      Try again now
    </Button>
  );
}

/** "Nothing: it goes on by itself." is no thing to do. */
const whatToDo = (advice: string) =>
  advice.startsWith("Nothing") ? advice.replace("Nothing", "Nothing to do") : `What to do: ${advice}`;

function EvidenceList({ health }: { health: HealthView }) {
  const evidence = evidenceOf(health);
  if (evidence.length === 0) return null;
  return (
    <dl className={styles.evidence}>
      {evidence.map(({ name, value, at }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{at ? <Time at={at} /> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Action({ help, id, onEnable, onShow }: HealthPanelProps & { help: Help }) {
  const may = useMay();
  const mayEdit = may("connectors:edit");
  if (help === "enable") return mayEdit ? <Button onPress={onEnable}>Switch it on</Button> : null;
  if (help === "waiting") return <Button onPress={() => onShow("waiting")}>Show what waits</Button>;
  if (help === "failures") return <Button onPress={() => onShow("failures")}>Show why it fails</Button>;
  if (help === null || !mayEdit) return null;
  const step = help === "credential" ? "auth" : "response";
  return (
    <Link to="/tools/connectors/$id/edit" params={{ id }} search={{ step }} className={buttonClass()}>
      {help === "credential" ? "Renew the credential" : "Test it"}
    </Link>
  );
}
