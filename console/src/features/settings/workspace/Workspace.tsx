import { useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { NumberField } from "@ui/NumberField";
import { Select } from "@ui/Select";
import { ProblemNote, Skeleton } from "@ui/States";
import { TextField } from "@ui/TextField";
import { toast } from "@ui/Toast";
import { type FormEvent, useMemo, useState } from "react";
import type { Answer } from "@/api/client";
import type { WorkspaceView } from "@/api/schema";
import { personName } from "@/app/people";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import forms from "../Form.module.css";
import { toldOf } from "../problems";
import { useChange, workspaceQuery } from "../queries";
import { SectionHead } from "../SectionHead";
import styles from "../Settings.module.css";
import { changeOf, formOf, missing, rebased, regions, type WorkspaceForm } from "./model";

const FIELDS = [
  "name",
  "phone_region",
  "retention_days",
  "requests_per_minute",
  "waiting_callers",
  "allowed_origins",
];
const CHANGED_SINCE = 412;
const ACCEPTED = 202;
const NONE = "none";

export default function Workspace() {
  const found = useQuery(workspaceQuery);
  return (
    <>
      <SectionHead title="Workspace">For everybody in it, and for whatever its connectors do.</SectionHead>
      {found.isPending && <Skeleton height={320} />}
      {found.isError && <Refused error={found.error} onRetry={() => found.refetch()} />}
      {found.data && <Form read={found.data} />}
    </>
  );
}

function Form({ read }: { read: Answer<WorkspaceView> }) {
  const [{ form, base }, setState] = useState({ form: formOf(read.body), base: read });
  if (read.body.revision !== base.body.revision) {
    setState({ form: rebased(form, base.body, read.body), base: read });
  }
  const set = (changed: Partial<WorkspaceForm>) =>
    setState((was) => ({ ...was, form: { ...was.form, ...changed } }));
  const saving = useChange<WorkspaceView>(workspaceQuery.queryKey, ({ status }) =>
    toast({ text: status === ACCEPTED ? "Saved. It takes effect in a moment." : "Saved" }),
  );
  const body = changeOf(form, base.body);
  const { fields, whole } = toldOf(saving.error, FIELDS);
  const errors = { ...fields, ...missing(form) };
  const isChanged = Object.keys(body).length > 0;
  const [asks, setAsks] = useState(false);
  const save = () =>
    saving.mutate({ path: "/api/workspace", method: "PUT", body, ifMatch: base.etag ?? undefined });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isChanged || Object.keys(missing(form)).length > 0) return;
    if ((body.retention_days ?? base.body.retention_days) < base.body.retention_days) setAsks(true);
    else save();
  };
  return (
    <form className={`${forms.form} ${styles.narrow}`} onSubmit={submit}>
      {saving.error?.status === CHANGED_SINCE ? <Changed /> : whole && <ProblemNote {...whole} />}
      <TextField
        label="Name"
        maxLength={200}
        value={form.name}
        onChange={(name) => set({ name })}
        error={errors.name}
      />
      <Region value={form.region} onChange={(region) => set({ region })} error={errors.phone_region} />
      <NumberField
        label="Executions are kept for"
        unit="days"
        hint="Older ones are deleted, with what they sent and got. Their numbers stay in Analytics."
        value={form.retentionDays}
        onChange={(retentionDays) => set({ retentionDays })}
        error={errors.retention_days}
      />
      <NumberField
        label="API requests"
        unit="a minute"
        hint="Of all that asks the API for this workspace; more are told to wait"
        value={form.requestsPerMinute}
        onChange={(requestsPerMinute) => set({ requestsPerMinute })}
        error={errors.requests_per_minute}
      />
      <NumberField
        label="Callers that may wait"
        hint="For the result of an execution, at the same time"
        value={form.waitingCallers}
        onChange={(waitingCallers) => set({ waitingCallers })}
        error={errors.waiting_callers}
      />
      <TextField
        label="Allowed origins"
        hint="One on each line, like https://api.example.com. Empty: whatever is public."
        mono
        rows={4}
        value={form.origins}
        onChange={(origins) => set({ origins })}
        error={errors.allowed_origins}
      />
      <Confirm
        title="Delete older executions?"
        isOpen={asks}
        onClose={() => setAsks(false)}
        action="Delete and save"
        tone="danger"
        onConfirm={() => {
          setAsks(false);
          save();
        }}
      >
        What ended more than {form.retentionDays} days ago is deleted for good, with what was sent and
        answered. Until now it is kept for {base.body.retention_days} days.
      </Confirm>
      <div className={forms.saving}>
        <Button variant="primary" type="submit" isPending={saving.isPending} isDisabled={!isChanged}>
          Save
        </Button>
        <span className={styles.muted}>
          Changed <Time at={read.body.updated_at} />
          {read.body.updated_by && (
            <span title={read.body.updated_by}>{` by ${personName(read.body.updated_by)}`}</span>
          )}
        </span>
      </div>
    </form>
  );
}

interface RegionProps {
  value: string;
  onChange: (region: string) => void;
  error: string | undefined;
}

function Region({ value, onChange, error }: RegionProps) {
  const all = useMemo(() => [{ id: NONE, label: "None" }, ...regions()], []);
  return (
    <Select
      label="Country of phone numbers"
      hint="Of those that are written without the code of a country. None: they are not understood."
      options={all}
      value={value || NONE}
      onChange={(id) => onChange(id === NONE ? "" : id)}
      error={error}
    />
  );
}

function Changed() {
  return (
    <ProblemNote
      title="Somebody else has changed these settings"
      detail="What you changed is still here, the rest is as it is now. Look at it, then save again."
      tone="warning"
    />
  );
}
