import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { RadioGroup } from "@ui/Radio";
import { ProblemNote, Skeleton } from "@ui/States";
import { TextField } from "@ui/TextField";
import { type FormEvent, useState } from "react";
import type { ApiError } from "@/api/client";
import type { FlowLine } from "@/api/flows";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { Only } from "@/features/session/Only";
import { NoEngine } from "./components/NoEngine";
import { draftOf } from "./drafts";
import styles from "./Flows.module.css";
import { connectorQuery, flowsQuery } from "./queries";
import { rows } from "./steps";
import { counted } from "./words";

const NEW = "new";

/** `/tools/flows/use/:connectorId`: which flow it goes into; where in it is said there. */
export default function UsePage() {
  return (
    <Only scope="connectors:edit" isPage>
      <Page />
    </Only>
  );
}

function Page() {
  const { connectorId } = useParams({ from: "/inside/tools/flows/use/$connectorId" });
  const hasEngine = useFlowEngine();
  const connector = useQuery({ ...connectorQuery(connectorId), enabled: hasEngine === true });
  const flows = useInfiniteQuery({ ...flowsQuery, enabled: hasEngine === true });
  const name = connector.data?.body.name;
  const failed = (connector.error ?? flows.error) as ApiError | null;
  return (
    <div className={styles.page}>
      <Crumbs>
        <Link to="/tools/connectors">Connectors</Link>
        {name && (
          <Link to="/tools/connectors/$id" params={{ id: connectorId }}>
            {name}
          </Link>
        )}
      </Crumbs>
      <header>
        <h1>{name ? `Use ${name} in a flow` : "Use it in a flow"}</h1>
        <p className={styles.intro}>
          It becomes a step that runs for a contact. Next you choose its place, and what it reads from the
          contact and writes onto it.
        </p>
      </header>
      {hasEngine === false ? (
        <NoEngine />
      ) : failed ? (
        <ProblemNote
          title={failed.title}
          detail={failed.detail}
          traceId={failed.traceId}
          onRetry={() => (connector.error ? connector.refetch() : flows.refetch())}
        />
      ) : name === undefined || !flows.data ? (
        <Skeleton height={200} />
      ) : (
        <Choice
          connectorId={connectorId}
          name={name}
          flows={flows.data.pages.flatMap((page) => page.flows)}
          onMore={flows.hasNextPage ? () => flows.fetchNextPage() : undefined}
        />
      )}
    </div>
  );
}

interface ChoiceProps {
  connectorId: string;
  name: string;
  flows: readonly FlowLine[];
  onMore: (() => void) | undefined;
}

function Choice({ connectorId, name, flows, onMore }: ChoiceProps) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(NEW);
  const [title, setTitle] = useState(`${name.slice(0, 190)} flow`);
  const options = [
    { id: NEW, label: "A new flow" },
    ...flows.map((flow) => ({ id: flow.id, label: flow.name, hint: about(flow) })),
  ];
  const go = (event: FormEvent) => {
    event.preventDefault();
    if (chosen === NEW)
      navigate({ to: "/tools/flows/new", search: { add: connectorId, name: title.trim() } });
    else navigate({ to: "/tools/flows/$id", params: { id: chosen }, search: { add: connectorId } });
  };
  return (
    <form className={styles.choice} onSubmit={go}>
      <RadioGroup label="Which flow" options={options} value={chosen} onChange={setChosen} />
      {onMore && (
        <Button size="small" onPress={onMore}>
          Show more
        </Button>
      )}
      {chosen === NEW && (
        <TextField label="Name of the new flow" value={title} maxLength={200} onChange={setTitle} />
      )}
      <div>
        <Button variant="primary" type="submit" isDisabled={chosen === NEW && title.trim() === ""}>
          Continue
        </Button>
      </div>
    </form>
  );
}

const about = (flow: FlowLine): string =>
  `${counted(rows(draftOf(flow.definition).steps).length, "step")}${flow.enabled ? "" : ", off"}`;
