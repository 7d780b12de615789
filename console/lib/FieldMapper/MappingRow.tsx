import type { Json } from "@json/exact";
import { IconButton } from "@ui/Button";
import { ComboBox } from "@ui/ComboBox";
import { Disclosure } from "@ui/Disclosure";
import { Status } from "@ui/States";
import { ArrowRight, Trash2 } from "lucide-react";
import { useState } from "react";
import type { CustomField, FieldMapping, PreviewLine, SettingsProblem } from "../data-source";
import { originPhrase, shownValue, targetLabel } from "../fields";
import { useSource } from "../provider";
import styles from "./FieldMapper.module.css";
import {
  changed,
  outcomeWord,
  sourceGroups,
  targetGroups,
  targetId,
  targetOf,
  termsPhrase,
  whyNot,
} from "./model";
import { type SourceField, valueAt } from "./paths";
import { Terms } from "./Terms";

export interface MappingRowProps {
  number: number;
  mapping: FieldMapping;
  fields: readonly SourceField[];
  customFields: readonly CustomField[];
  sample: Json | undefined;
  line: PreviewLine | null;
  problems: readonly SettingsProblem[];
  onChange: (mapping: FieldMapping) => void;
  onRemove: () => void;
}

/** One mapping: from where, to where, and what it would do. */
export function MappingRow(props: MappingRowProps) {
  const { number, mapping, fields, sample, line, problems, onChange, onRemove } = props;
  const found = valueAt(sample, mapping.sourcePath);
  const wrong = (name: string) => problems.find((one) => one.pointer.endsWith(`/${name}`))?.detail;
  const isQuery = mapping.sourcePath.startsWith("$");
  return (
    <fieldset className={styles.row} aria-label={`Mapping ${number}`}>
      <div className={styles.pair}>
        <div>
          <ComboBox
            label={`Response field of mapping ${number}`}
            labelHidden
            mono
            placeholder="identity.firstName"
            chosen={fields.some((field) => field.path === mapping.sourcePath) ? mapping.sourcePath : null}
            text={mapping.sourcePath}
            onText={(text) => text !== mapping.sourcePath && onChange(changed(mapping, { sourcePath: text }))}
            onChoose={(path) =>
              path !== mapping.sourcePath && onChange(changed(mapping, { sourcePath: path }))
            }
            groups={sourceGroups(
              fields.some((field) => field.path === mapping.sourcePath) ? "" : mapping.sourcePath,
              fields,
            )}
            error={wrong("sourcePath")}
          />
          {sample !== undefined && mapping.sourcePath !== "" && !isQuery && (
            <p className={styles.sample} title={found === undefined ? "" : shownValue(found)}>
              {found === undefined ? "nothing in this answer" : shownValue(found)}
            </p>
          )}
        </div>
        <ArrowRight size={15} className={styles.arrow} aria-hidden="true" />
        <div>
          <Target {...props} error={wrong("targetField")} />
          {line && <Becomes line={line} />}
        </div>
        <IconButton label={`Remove mapping ${number}`} size="small" data-removes onPress={onRemove}>
          <Trash2 size={15} />
        </IconButton>
      </div>
      <Disclosure title="Details" summary={termsPhrase(mapping)}>
        <Terms mapping={mapping} onChange={onChange} />
      </Disclosure>
    </fieldset>
  );
}

function Target({
  number,
  mapping,
  customFields,
  onChange,
  error,
}: MappingRowProps & { error: string | undefined }) {
  const label = targetLabel(mapping.targetField, mapping.targetType);
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <ComboBox
      label={`Contact field of mapping ${number}`}
      labelHidden
      placeholder={label || "Choose or name a field…"}
      chosen={targetId(mapping)}
      text={typed ?? label}
      onText={setTyped}
      onFocus={() => setTyped("")}
      onBlur={() => setTyped(null)}
      onChoose={(id) => {
        setTyped(null);
        if (id !== targetId(mapping)) onChange(changed(mapping, targetOf(id)));
      }}
      groups={targetGroups(typed ?? "", customFields)}
      hint={
        mapping.targetType === "custom_field" && !customFields.some((one) => one.name === mapping.targetField)
          ? "A new custom field, made with its first value"
          : undefined
      }
      error={error}
    />
  );
}

/** What the field holds, what it would hold, and why not. */
function Becomes({ line }: { line: PreviewLine }) {
  const source = useSource();
  const { word, tone } = outcomeWord(line.outcome);
  const why = whyNot(line);
  const href = line.origin?.execution && source.executionUrl?.(line.origin.execution);
  const isWritten = line.outcome === "written";
  return (
    <div className={styles.becomes}>
      <Status tone={tone}>{word}</Status>
      <span className={styles.values}>
        {isWritten ? (
          <>
            <del>{shownValue(line.before)}</del>
            <ArrowRight size={12} aria-label="becomes" />
            <ins>{shownValue(line.after)}</ins>
          </>
        ) : (
          <span>{line.outcome === "unchanged" ? `stays ${shownValue(line.before)}` : why}</span>
        )}
      </span>
      {isWritten && why && <span className={styles.quiet}>{why}</span>}
      {line.origin && (
        <span className={styles.origin}>
          {line.outcome === "written" ? "was" : `${shownValue(line.before)},`}{" "}
          {href ? <a href={href}>{originPhrase(line.origin)}</a> : originPhrase(line.origin)}
        </span>
      )}
    </div>
  );
}
