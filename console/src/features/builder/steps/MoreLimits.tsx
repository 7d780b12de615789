import { Button, IconButton } from "@ui/Button";
import { Plus, Trash2 } from "lucide-react";
import { useFormContext, useWatch } from "react-hook-form";
import styles from "../Builder.module.css";
import { FormNumber, FormSelect } from "../components/form";
import { More } from "../components/More";
import { SpanField } from "../components/SpanField";
import { emptyWindow } from "../rows";
import type { Values } from "../values";
import { limitsPhrase, windowPhrase } from "../words";
import rows from "./Rows.module.css";
import { useRows } from "./use-rows";

/** As many as the server takes. */
const MOST_WINDOWS = 5;
const SHARES = [
  { id: "connector", label: "This connector alone" },
  { id: "credential", label: "All with its credential", hint: "The API counts by account" },
  { id: "host", label: "All that call its host", hint: "The API counts by address" },
];

/** Limits of other times, and who spends from them. */
export function MoreLimits() {
  const { control } = useFormContext<Values>();
  const { fields, append, remove, place } = useRows("windows");
  const [windows, weight, share] = useWatch({ control, name: ["windows", "weight", "share"] });
  return (
    <More
      title="More limits"
      summary={limitsPhrase(windows, weight, share)}
      names={["windows", "weight", "share", "maxInFlight"]}
    >
      <div ref={place} className={styles.stack}>
        {fields.length > 0 && (
          <div className={rows.rows} data-kind="windows">
            <div className={rows.rowHead} aria-hidden="true">
              <span>At most</span>
              <span>in</span>
              <span>After a pause</span>
              <span />
            </div>
            {fields.map((field, index) => (
              <Window key={field.id} index={index} onRemove={() => remove(index)} />
            ))}
          </div>
        )}
        {fields.length < MOST_WINDOWS && (
          <div>
            <Button size="small" data-adds icon={<Plus size={14} />} onPress={() => append(emptyWindow())}>
              Add a limit for another time
            </Button>
          </div>
        )}
        <div className={styles.pair}>
          <FormSelect name="share" label="Who spends from these limits" options={SHARES} usual="connector" />
          <FormNumber
            name="weight"
            label="What one call costs"
            placeholder="1"
            minValue={1}
            hint="For an API that counts some calls several times."
          />
          <FormNumber
            name="maxInFlight"
            label="Calls at the same time in each executor"
            placeholder="As the executor is set"
            minValue={1}
          />
        </div>
      </div>
    </More>
  );
}

function Window({ index, onRemove }: { index: number; onRemove: () => void }) {
  const { control } = useFormContext<Values>();
  const row = useWatch({ control, name: `windows.${index}` });
  const which = `limit ${index + 1}`;
  return (
    <fieldset className={rows.row} aria-label={`Limit ${index + 1}`}>
      <FormNumber
        name={`windows.${index}.limit`}
        label={`Calls of ${which}`}
        labelHidden
        unit="calls"
        minValue={1}
      />
      <SpanField name={`windows.${index}.span`} label={`Time of ${which}`} labelHidden />
      <FormNumber
        name={`windows.${index}.burst`}
        label={`At once of ${which}`}
        labelHidden
        unit="at once"
        placeholder="1"
        minValue={1}
      />
      <IconButton data-removes label={`Remove ${which}`} onPress={onRemove}>
        <Trash2 size={15} />
      </IconButton>
      {row && <p className={`${styles.quiet} ${rows.options}`}>{windowPhrase(row)}</p>}
    </fieldset>
  );
}
