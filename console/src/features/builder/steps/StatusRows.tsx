import { Button, IconButton } from "@ui/Button";
import { Plus, Trash2 } from "lucide-react";
import { useFormContext, useWatch } from "react-hook-form";
import styles from "../Builder.module.css";
import { FormSelect, FormText } from "../components/form";
import { More } from "../components/More";
import type { Values } from "../values";
import { statusesPhrase } from "../words";
import rows from "./Rows.module.css";
import { useRows } from "./use-rows";

const MEANINGS = [
  { id: "success", label: "Success", hint: "Its answer is the output" },
  { id: "retry", label: "Try again", hint: "It goes away by itself" },
  { id: "fail", label: "Failure", hint: "Trying again does not help" },
  { id: "rate-limited", label: "Too many calls", hint: "Wait, then try again" },
  { id: "refresh-and-retry", label: "The token is too old", hint: "Renew it once, then try again" },
];

/** What a status of this API means, where that is not what it usually does. */
export function StatusRows() {
  const { control } = useFormContext<Values>();
  const { fields, append, remove, place } = useRows("statusPolicies");
  const policies = useWatch({ control, name: "statusPolicies" });
  return (
    <More title="What a status means" summary={statusesPhrase(policies)} names={["statusPolicies"]}>
      <div ref={place} className={styles.stack}>
        <p className={styles.quiet}>
          Usually 2xx is a success, 429 means too many calls, 408, 425 and most of 5xx are tried again, and
          all else is a failure. An API that answers 404 for somebody it does not know may mean success by it.
        </p>
        {fields.length > 0 && (
          <div className={rows.rows} data-kind="statuses">
            <div className={rows.rowHead} aria-hidden="true">
              <span>Status</span>
              <span>Means</span>
              <span />
            </div>
            {fields.map((field, index) => (
              <fieldset className={rows.row} key={field.id} aria-label={`Status ${index + 1}`}>
                <FormText
                  name={`statusPolicies.${index}.status`}
                  label={`Code of status ${index + 1}`}
                  labelHidden
                  mono
                  placeholder="404 or 5xx"
                />
                <FormSelect
                  name={`statusPolicies.${index}.meaning`}
                  label={`Meaning of status ${index + 1}`}
                  labelHidden
                  options={MEANINGS}
                />
                <IconButton data-removes label={`Remove status ${index + 1}`} onPress={() => remove(index)}>
                  <Trash2 size={15} />
                </IconButton>
              </fieldset>
            ))}
          </div>
        )}
        <div>
          <Button
            size="small"
            data-adds
            icon={<Plus size={14} />}
            onPress={() => append({ status: "", meaning: "success", kept: {} })}
          >
            Add status
          </Button>
        </div>
      </div>
    </More>
  );
}
