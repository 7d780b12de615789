import { Button } from "@ui/Button";
import { Checkbox } from "@ui/Checkbox";
import { DayField } from "@ui/DayField";
import { Dialog } from "@ui/Dialog";
import { NumberField } from "@ui/NumberField";
import { Select } from "@ui/Select";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { type FormEvent, useState } from "react";
import type { NewApiKeyView, Scope } from "@/api/schema";
import { ALL_SCOPES, allows } from "@/features/session/may";
import forms from "../Form.module.css";
import { toldOf } from "../problems";
import { keysQuery, useChange } from "../queries";
import { KeyOnce } from "./KeyOnce";
import { ACCESS, type Access, draftOf, type KeyForm, LIVES, missing, NEW_KEY } from "./model";

type Making = ReturnType<typeof useChange<NewApiKeyView>>;
const FIELDS = ["name", "scopes", "expires_at", "requests_per_minute"];

/** What it is for and what it may, then the key itself, once. */
export function NewKey({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewApiKeyView | null>(null);
  const making = useChange<NewApiKeyView>(keysQuery.queryKey, ({ body }) => setMade(body));
  if (made) return <KeyOnce made={made} onClose={onClose} />;
  // While it is being made its text is on the way, once: nothing closes what is to show it.
  const close = () => !making.isPending && onClose();
  return (
    <Dialog title="New API key" isOpen onClose={close} width="wide">
      <Form making={making} onClose={close} />
    </Dialog>
  );
}

function Form({ making, onClose }: { making: Making; onClose: () => void }) {
  const [form, setForm] = useState(NEW_KEY);
  const [isTried, setTried] = useState(false);
  const set = (changed: Partial<KeyForm>) => setForm((was) => ({ ...was, ...changed }));
  const { fields, whole } = toldOf(making.error, FIELDS);
  const errors = { ...fields, ...(isTried ? missing(form, new Date()) : {}) };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(missing(form, new Date())).length > 0) return;
    making.mutate({ path: "/api/api-keys", method: "POST", body: draftOf(form, new Date()) });
  };
  return (
    <form className={forms.form} onSubmit={submit}>
      {whole && <ProblemNote {...whole} />}
      <TextField
        label="Name"
        hint="What uses it"
        autoFocus
        maxLength={100}
        value={form.name}
        onChange={(name) => set({ name })}
        error={errors.name}
      />
      <Select
        label="What it may do"
        options={ACCESS}
        value={form.access}
        onChange={(access) => set({ access: access as Access })}
      />
      {form.access === "scopes" && (
        <Scopes chosen={form.scopes} onChange={(scopes) => set({ scopes })} error={errors.scopes} />
      )}
      <div className={forms.pair}>
        <Select label="It ends" options={LIVES} value={form.life} onChange={(life) => set({ life })} />
        {form.life === "day" && (
          <DayField
            label="Last day"
            value={form.day}
            onChange={(day) => set({ day })}
            error={errors.expires_at}
          />
        )}
      </div>
      <NumberField
        label="Requests per minute"
        hint="Beside the limit of the workspace; empty: only that"
        minValue={1}
        value={form.requestsPerMinute}
        onChange={(requestsPerMinute) => set({ requestsPerMinute })}
        error={errors.requests_per_minute}
      />
      <Checkbox
        label="For a flow engine"
        hint="It changes no connector, whatever it may otherwise"
        value={form.isFlow}
        onChange={(isFlow) => set({ isFlow })}
      />
      <div className={forms.buttons}>
        <Button onPress={onClose} isDisabled={making.isPending}>
          Cancel
        </Button>
        <Button variant="primary" type="submit" isPending={making.isPending}>
          Make the key
        </Button>
      </div>
    </form>
  );
}

interface ScopesProps {
  chosen: readonly Scope[];
  onChange: (scopes: readonly Scope[]) => void;
  error: string | undefined;
}

function Scopes({ chosen, onChange, error }: ScopesProps) {
  const toggle = (scope: Scope, isOn: boolean) =>
    onChange(isOn ? [...chosen, scope] : chosen.filter((one) => one !== scope));
  return (
    <fieldset className={forms.ticks}>
      <legend>Scopes</legend>
      {ALL_SCOPES.map((scope) => (
        <Checkbox
          key={scope}
          label={scope}
          hint={allows(scope)}
          value={chosen.includes(scope)}
          onChange={(isOn) => toggle(scope, isOn)}
        />
      ))}
      {error && (
        <p className={forms.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
