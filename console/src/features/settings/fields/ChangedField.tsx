import { jsonText } from "@json/exact";
import { Link } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { Checkbox } from "@ui/Checkbox";
import { Dialog } from "@ui/Dialog";
import { ProblemNote } from "@ui/States";
import { type FormEvent, useState } from "react";
import type { ChangedField as Changed, FieldShape, FitShape } from "@/api/mapper";
import forms from "../Form.module.css";
import { toldOf } from "../problems";
import { fieldsQuery, useChange } from "../queries";
import { FIELD_NAMES, FieldInputs } from "./FieldInputs";
import { changeOf, type FieldForm, fitInWords, formOf, optionsOf, wrong } from "./model";

/** Changes a field. Where stored values may not fit any more, they are counted first. */
export function ChangedField({ field, onClose }: { field: FieldShape; onClose: () => void }) {
  const [form, setForm] = useState(() => formOf(field));
  const [counted, setCounted] = useState<{ of: string; fit: FitShape } | null>(null);
  const [removes, setRemoves] = useState(false);
  const path = `/api/contact-fields/${encodeURIComponent(field.name)}`;
  const checking = useChange<Changed>(fieldsQuery.queryKey);
  const saving = useChange<Changed>(fieldsQuery.queryKey, onClose);
  const body = changeOf(form, field);
  const isOther = body.type !== undefined;
  // What was counted was counted for one type and its options, and says nothing of others.
  const asked = jsonText([form.type, optionsOf(form)]);
  const fit = counted?.of === asked ? counted.fit : null;
  const set = (changed: Partial<FieldForm>) => {
    setForm((was) => ({ ...was, ...changed }));
    setRemoves(false);
  };
  const needsCheck = isOther && fit === null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (needsCheck) {
      const onSuccess = ({ body: answer }: { body: Changed }) =>
        setCounted({ of: asked, fit: answer.values ?? NOTHING });
      checking.mutate({ path, method: "PATCH", query: { dry_run: true }, body }, { onSuccess });
    } else
      saving.mutate({ path, method: "PATCH", body: { ...body, ...(removes ? { unfit: "remove" } : {}) } });
  };
  const { fields, whole } = toldOf(saving.error ?? checking.error, FIELD_NAMES);
  const isStuck = Boolean(fit && fit.unfit > 0 && !removes) || Object.keys(wrong(form)).length > 0;
  return (
    <Dialog title={`Change ${field.label ?? field.name}`} isOpen onClose={onClose} width="wide">
      <form className={forms.form} onSubmit={submit}>
        {whole && <ProblemNote {...whole} />}
        <FieldInputs form={form} onChange={set} errors={{ ...fields, ...wrong(form) }} />
        {fit && <Fit fit={fit} removes={removes} onRemoves={setRemoves} />}
        <div className={forms.buttons}>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            variant="primary"
            type="submit"
            isPending={checking.isPending || saving.isPending}
            isDisabled={Object.keys(body).length === 0 || isStuck}
          >
            {needsCheck ? "Check stored values" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const NOTHING: FitShape = { checked: 0, unfit: 0, examples: [] };

interface FitProps {
  fit: FitShape;
  removes: boolean;
  onRemoves: (removes: boolean) => void;
}

/** What would become of what contacts have in the field. */
function Fit({ fit, removes, onRemoves }: FitProps) {
  return (
    <section className={forms.fit} aria-label="Stored values" role="status">
      <strong>{fitInWords(fit)}</strong>
      {fit.unfit > 0 && (
        <>
          <ul>
            {fit.examples.map(({ contact_id, reason }) => (
              <li key={contact_id}>
                <Link to={`/tools/contacts/${contact_id}` as string}>A contact</Link>: {reason}
              </li>
            ))}
          </ul>
          <Checkbox
            label="Delete the values that do not fit"
            hint="Otherwise the field stays as it is"
            value={removes}
            onChange={onRemoves}
          />
        </>
      )}
    </section>
  );
}
