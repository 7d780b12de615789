import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Checkbox } from "@ui/Checkbox";
import { Confirm } from "@ui/Dialog";
import { Select } from "@ui/Select";
import { ProblemNote } from "@ui/States";
import { useState } from "react";
import type { ApiError } from "@/api/client";
import type { CheckedImport, ImportPlan } from "@/api/mapper";
import { fieldsQuery } from "@/features/contact-fields/queries";
import styles from "../Imports.module.css";
import { forgetChoices, useChoices } from "../kept";
import { type Choices, count, firstChoices, isSamePlan, MATCHES, planOf, problemsOf } from "../model";
import { cancel, run } from "../queries";
import { Columns } from "./Columns";

/** Where each column goes and what may happen; then a look at what would, and the start. */
export function PlanForm({ found }: { found: CheckedImport }) {
  const { data: fields = [] } = useQuery(fieldsQuery);
  const [choices, setChoices] = useChoices(found.id, () => firstChoices(found));
  const [shows, setShows] = useState(false);
  const problems = problemsOf(choices, found.columns);
  const running = useRun(found.id);
  const plan = planOf(choices, found.columns);
  const act = (what: "check" | "start") => {
    setShows(true);
    if (problems.size === 0) running.mutate({ what, plan });
  };
  const isChecked = found.status === "checked" && isSamePlan(found.plan, plan);
  const told = shows ? problems.get(null) : undefined;
  return (
    <section className={styles.part} aria-label="What to do with the file">
      <h2>Columns</h2>
      <Columns
        columns={found.columns}
        fields={fields}
        choices={choices}
        problems={problems}
        onChange={(targets) => setChoices({ ...choices, targets })}
      />
      <Options choices={choices} onChange={setChoices} />
      {told && <ProblemNote tone="warning" title={told} />}
      {running.error && <Refused error={running.error} />}
      <div className={styles.actions}>
        <Button
          variant={isChecked ? "secondary" : "primary"}
          isPending={running.isPending && running.variables?.what === "check"}
          onPress={() => act("check")}
        >
          {isChecked ? "Check again" : "See what would happen"}
        </Button>
        <Start
          isChecked={isChecked}
          found={found}
          isPending={running.isPending}
          onStart={() => act("start")}
        />
        <Discard id={found.id} />
      </div>
    </section>
  );
}

function Start(props: { isChecked: boolean; found: CheckedImport; isPending: boolean; onStart: () => void }) {
  const { isChecked, found, isPending, onStart } = props;
  const [asks, setAsks] = useState(false);
  const { refused } = found.counts;
  return (
    <>
      <Button
        variant={isChecked ? "primary" : "secondary"}
        isDisabled={isPending}
        onPress={() => (isChecked && refused === 0 ? onStart() : setAsks(true))}
      >
        Start the import
      </Button>
      <Confirm
        title={isChecked ? "Import the other rows?" : "Import without looking first?"}
        isOpen={asks}
        onClose={() => setAsks(false)}
        action="Start the import"
        onConfirm={() => {
          setAsks(false);
          onStart();
        }}
      >
        {isChecked
          ? `${count(refused, "row has a wrong cell and is", "rows have a wrong cell and are")} left out.`
          : "A look at what would happen takes a moment and writes nothing."}{" "}
        What an import writes stands in each contact's history.
      </Confirm>
    </>
  );
}

function Refused({ error: { title, detail, errors, traceId } }: { error: ApiError }) {
  const told = [detail, ...errors.map((each) => each.detail)].filter(Boolean).join(" ");
  return <ProblemNote title={title} detail={told} traceId={traceId} />;
}

function Discard({ id }: { id: string }) {
  const client = useQueryClient();
  const dropping = useMutation<unknown, ApiError>({
    mutationFn: () => cancel(id),
    onSuccess: () => forgetChoices(id),
    onSettled: () => client.invalidateQueries({ queryKey: ["contact-import", id] }),
  });
  return (
    <Button variant="quiet" isPending={dropping.isPending} onPress={() => dropping.mutate()}>
      Discard the file
    </Button>
  );
}

interface OptionsProps {
  choices: Choices;
  onChange: (choices: Choices) => void;
}

function Options({ choices, onChange }: OptionsProps) {
  return (
    <div className={styles.options}>
      <Select
        label="A row is a known contact by"
        hint="A row with an id or an external id is that contact, whatever stands here."
        options={MATCHES}
        value={choices.matchBy}
        onChange={(id) => onChange({ ...choices, matchBy: id as Choices["matchBy"] })}
      />
      <div className={styles.checks}>
        <Checkbox
          label="Make contacts that are not there yet"
          value={choices.create}
          onChange={(create) => onChange({ ...choices, create })}
        />
        <Checkbox
          label="Update contacts that are there"
          value={choices.update}
          onChange={(update) => onChange({ ...choices, update })}
        />
        <Checkbox
          label="Replace what fields hold already"
          hint="Otherwise only empty fields are filled. An empty cell changes nothing."
          value={choices.overwrite}
          onChange={(overwrite) => onChange({ ...choices, overwrite })}
          isDisabled={!choices.update}
        />
      </div>
    </div>
  );
}

function useRun(id: string) {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, { what: "check" | "start"; plan: ImportPlan }>({
    mutationFn: ({ what, plan }) => run(id, what, plan),
    onSuccess: (_done, { what }) => {
      if (what === "start") forgetChoices(id);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["contact-import", id] }),
  });
}
