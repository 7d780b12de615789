import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { type FormEvent, useState } from "react";
import type { FieldShape } from "@/api/mapper";
import forms from "../Form.module.css";
import { toldOf } from "../problems";
import { fieldsQuery, useChange } from "../queries";
import { FIELD_NAMES, FieldInputs } from "./FieldInputs";
import { draftOf, type FieldForm, NEW_FIELD, wrong } from "./model";

export function NewField({ onClose }: { onClose: () => void }) {
  const [form, setForm] = useState(NEW_FIELD);
  const making = useChange<FieldShape>(fieldsQuery.queryKey, onClose);
  const set = (changed: Partial<FieldForm>) => setForm((was) => ({ ...was, ...changed }));
  const { fields, whole } = toldOf(making.error, FIELD_NAMES);
  const errors = wrong(form);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate({ path: "/api/contact-fields", method: "POST", body: draftOf(form) });
  };
  return (
    <Dialog title="New custom field" isOpen onClose={onClose} width="wide">
      <form className={forms.form} onSubmit={submit}>
        {whole && <ProblemNote {...whole} />}
        <TextField
          label="Name"
          hint="What mappings write to, like credit_score. It never changes."
          mono
          autoFocus
          maxLength={200}
          value={form.name}
          onChange={(name) => set({ name })}
          error={fields.name}
        />
        <FieldInputs form={form} onChange={set} errors={{ ...fields, ...errors }} />
        <div className={forms.buttons}>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            variant="primary"
            type="submit"
            isPending={making.isPending}
            isDisabled={form.name.trim() === "" || Object.keys(errors).length > 0}
          >
            Create the field
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
