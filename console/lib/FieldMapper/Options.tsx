import { Checkbox } from "@ui/Checkbox";
import { Disclosure } from "@ui/Disclosure";
import type { MappingOptions, MatchKey } from "../data-source";
import styles from "./FieldMapper.module.css";

const KEYS: readonly { id: MatchKey; label: string }[] = [
  { id: "external_id", label: "What the flow calls the contact in another system" },
  { id: "email", label: "The email address" },
  { id: "phone", label: "The phone number" },
];
const ALL = KEYS.map((key) => key.id);

interface OptionsProps {
  options: MappingOptions;
  onChange: (options: MappingOptions) => void;
}

/** What may happen to the contact. */
export function Options({ options, onChange }: OptionsProps) {
  const {
    createIfNotExists = false,
    updateExisting = true,
    overwriteExisting = true,
    matchBy = ALL,
  } = options;
  const toggle = (key: MatchKey, on: boolean) =>
    onChange({ ...options, matchBy: ALL.filter((each) => (each === key ? on : matchBy.includes(each))) });
  const isUsual = ALL.every((key) => matchBy.includes(key));
  return (
    <div className={styles.options}>
      <Checkbox
        label="Create new contact if not exists"
        value={createIfNotExists}
        onChange={(on) => onChange({ ...options, createIfNotExists: on })}
      />
      <Checkbox
        label="Update existing contact fields"
        value={updateExisting}
        onChange={(on) => onChange({ ...options, updateExisting: on })}
      />
      <Checkbox
        label="Also replace values that are there"
        hint="Off: only empty fields are filled"
        value={overwriteExisting}
        isDisabled={!updateExisting}
        onChange={(on) => onChange({ ...options, overwriteExisting: on })}
      />
      <Disclosure
        title="How the contact is found"
        summary={
          isUsual
            ? ""
            : KEYS.filter((key) => matchBy.includes(key.id))
                .map((key) => key.label)
                .join(", ") || "only by the flow"
        }
      >
        <div className={styles.match}>
          <p className={styles.quiet}>
            The contact of the flow comes first. Without one, by these, in this order:
          </p>
          {KEYS.map((key) => (
            <Checkbox
              key={key.id}
              label={key.label}
              value={matchBy.includes(key.id)}
              onChange={(on) => toggle(key.id, on)}
            />
          ))}
        </div>
      </Disclosure>
    </div>
  );
}
