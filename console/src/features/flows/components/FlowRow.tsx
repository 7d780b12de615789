import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Confirm } from "@ui/Dialog";
import { MenuItem, MenuSeparator, MoreMenu } from "@ui/Menu";
import { Skeleton, Status } from "@ui/States";
import { Switch } from "@ui/Switch";
import { toast } from "@ui/Toast";
import { CopyPlus, MoreHorizontal, Play, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import type { ApiError } from "@/api/client";
import type { FlowLine } from "@/api/flows";
import { Time } from "@/app/Time";
import { useMay } from "@/features/session/queries";
import { draftOf, NEW } from "../drafts";
import styles from "../Flows.module.css";
import { createFlow, deleteFlow, namesQuery, restoreFlow, switchFlow } from "../queries";
import { type Draft, rows } from "../steps";
import { counted, listed, nameOf, RUN_WORDS } from "../words";

const MOST_COUNTED = 1000;

export function FlowRow({ flow }: { flow: FlowLine }) {
  const names = useQuery(namesQuery).data;
  const steps = rows(draftOf(flow.definition).steps).map(({ step }) => step);
  const called = names ? `: ${listed(steps.map((step) => nameOf(step, names)))}` : "";
  return (
    <li className={styles.row} data-off={!flow.enabled || undefined}>
      <div className={styles.main}>
        <Link to="/tools/flows/$id" params={{ id: flow.id }} className={styles.link}>
          {flow.name}
        </Link>
        <p className={styles.about}>
          {counted(steps.length, "step")}
          {called}
        </p>
        <Usage flow={flow} />
      </div>
      <RowActions flow={flow} />
    </li>
  );
}

function Usage({ flow: { id, runs, running, last_run: last } }: { flow: FlowLine }) {
  if (!last) return <p className={styles.usage}>Has not run yet</p>;
  const { word, tone } = RUN_WORDS[last.state];
  return (
    <p className={styles.usage}>
      <Status tone={tone}>{word}</Status>
      <span>
        <Link to="/tools/flows/$id" params={{ id }} search={{ run: last.id }} className={styles.quietLink}>
          Last run <Time at={last.started_at} />
        </Link>
        {` · ${runs >= MOST_COUNTED ? "1,000 runs or more" : counted(runs, "run")}`}
        {running > 0 && `, ${running.toLocaleString("en")} under way`}
      </span>
    </p>
  );
}

function RowActions({ flow }: { flow: FlowLine }) {
  const may = useMay();
  const navigate = useNavigate();
  const { toggle, copy, remove } = useFlowActions();
  const [asks, setAsks] = useState(false);
  const isOn = toggle.isPending ? !flow.enabled : flow.enabled;
  const word = <Status tone={isOn ? "success" : "neutral"}>{isOn ? "On" : "Off"}</Status>;
  const run = () => navigate({ to: "/tools/flows/$id", params: { id: flow.id }, search: { panel: "run" } });
  const act = (action: string) => {
    if (action === "run") run();
    else if (action === "duplicate") copy.mutate(flow);
    else if (flow.runs > 0) setAsks(true);
    else remove.mutate(flow);
  };
  if (!may("connectors:edit")) return <div className={styles.actions}>{word}</div>;
  return (
    <div className={styles.actions}>
      <span className={styles.state}>
        <Switch label={`${flow.name} is on`} value={isOn} onChange={() => toggle.mutate(flow)}>
          {word}
        </Switch>
      </span>
      <MoreMenu label={`More for ${flow.name}`} icon={<MoreHorizontal size={16} />} onAction={act}>
        <MenuItem id="run" textValue="Run">
          <Play size={15} aria-hidden="true" />
          Run on contacts
        </MenuItem>
        <MenuItem id="duplicate" textValue="Duplicate">
          <CopyPlus size={15} aria-hidden="true" />
          Duplicate
        </MenuItem>
        <MenuSeparator />
        <MenuItem id="delete" textValue="Delete" tone="danger">
          <Trash2 size={15} aria-hidden="true" />
          Delete
        </MenuItem>
      </MoreMenu>
      <Confirm
        title={`Delete ${flow.name}?`}
        isOpen={asks}
        onClose={() => setAsks(false)}
        action="Delete"
        tone="danger"
        onConfirm={() => {
          setAsks(false);
          remove.mutate(flow);
        }}
      >
        It starts no more runs. Those under way go on by the steps that they began with.
      </Confirm>
    </div>
  );
}

/** What is done to a flow from its row; what it changes is read again, what fails is said. */
function useFlowActions() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["flows"] });
  const onError = (error: ApiError) => toast({ text: `${error.title}. ${error.detail}`, tone: "danger" });
  const shared = { onError, onSettled };
  const restore = useMutation<unknown, ApiError, FlowLine>({
    mutationFn: ({ id }) => restoreFlow(id),
    ...shared,
  });
  const toggle = useMutation<unknown, ApiError, FlowLine>({ mutationFn: switchFlow, ...shared });
  // Asked for once more after an answer that got lost, it is the same copy.
  const key = useRef<{ of: string; text: string } | null>(null);
  const keyOf = ({ id, revision }: FlowLine): string => {
    const of = `${id} ${revision}`;
    if (key.current?.of !== of) key.current = { of, text: crypto.randomUUID() };
    return key.current.text;
  };
  const copy = useMutation<unknown, ApiError, FlowLine>({
    mutationFn: (line) => createFlow(copyOf(line), keyOf(line)),
    onSuccess: () => {
      key.current = null;
      toast({ text: "The copy is there, and off." });
    },
    onError: (error) => {
      if (error.status === 409 || error.status === 422) key.current = null;
      onError(error);
    },
    onSettled,
  });
  const remove = useMutation<unknown, ApiError, FlowLine>({
    mutationFn: ({ id }) => deleteFlow(id),
    onSuccess: (_done, flow) =>
      toast({ text: `${flow.name} is deleted`, action: { label: "Undo", run: () => restore.mutate(flow) } }),
    ...shared,
  });
  return { toggle, copy, remove };
}

const copyOf = ({ name, definition }: FlowLine): Draft => ({
  ...NEW,
  ...draftOf(definition),
  name: `${name.slice(0, 190)} copy`,
  enabled: false,
});

export function FlowRowSkeleton() {
  return (
    <li className={styles.row}>
      <div className={styles.main}>
        <Skeleton width={200} height={20} />
        <Skeleton width={300} height={16} />
        <Skeleton width={220} height={14} />
      </div>
    </li>
  );
}
