import type { Json } from "@json/exact";
import { Button } from "@ui/Button";
import { useKeptFocus } from "@ui/kept-focus";
import { ProblemNote, Skeleton } from "@ui/States";
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { DropZone } from "react-aria-components";
import type { Action, CustomField, FieldMapping, MappingOptions, SettingsProblem } from "../data-source";
import { traceOf, useLoaded } from "../loading";
import { useSource } from "../provider";
import { PATH_TYPE } from "../ResponseTree";
import { Answer } from "./Answer";
import styles from "./FieldMapper.module.css";
import { Foresight } from "./Foresight";
import { MappingRow } from "./MappingRow";
import { added, fresh, mappingPhrase, whole } from "./model";
import { Options } from "./Options";
import { sourceFields } from "./paths";
import { usePreview } from "./preview";
import { useRowIds } from "./rows";
import { Suggestions } from "./Suggestions";
import { customByName, suggested, suggestions } from "./suggest";
import { Templates } from "./Templates";

export interface FieldMapperProps {
  action: Action;
  value: readonly FieldMapping[];
  onChange: (mappings: readonly FieldMapping[]) => void;
  options: MappingOptions;
  onOptionsChange: (options: MappingOptions) => void;
  /** Whom the preview is of; null: a new contact, or who is found by what the response has. */
  contactId: string | null;
  /** Left out: somebody else lets one choose. */
  onContactChange?: ((contactId: string | null) => void) | undefined;
  problems?: readonly SettingsProblem[] | undefined;
}

/** Of no row: what adds one takes the focus. */
const NOWHERE = -1;
const NO_FIELDS: readonly CustomField[] = [];

/** Which values of a response go onto which fields of a contact, and what that would do to one. */
export function FieldMapper(props: FieldMapperProps) {
  const {
    action,
    value,
    onChange,
    options,
    onOptionsChange,
    contactId,
    onContactChange,
    problems = [],
  } = props;
  const source = useSource();
  const loadedSample = useLoaded(`sample:${action.id}`, (signal) => source.sample(action, signal));
  const custom = useLoaded("custom", (signal) => source.customFields(signal));
  const [pasted, setPasted] = useState<Json | undefined>(undefined);
  const sample = pasted === undefined ? loadedSample.data : pasted;
  const fields = useMemo(() => sourceFields(sample, action.output_schema), [sample, action.output_schema]);
  const customFields = custom.data ?? NO_FIELDS;
  const found = useMemo(() => suggestions(fields, customFields, value), [fields, customFields, value]);
  const rows = useRowIds(value.length);
  const { place: all, leaving } = useKeptFocus<HTMLElement>();
  const preview = usePreview({ mappings: value, options, sample, contactId });
  const [told, setTold] = useState("");
  const add = (...more: FieldMapping[]) => {
    const those = fresh(value, more);
    if (those.length === 0) return setTold("Nothing is added: these fields are mapped already.");
    onChange(added(value, those));
    setTold(`Added: ${those.map(mappingPhrase).join("; ")}`);
  };
  const addPath = (path: string) => {
    const { targetField = "", targetType = "user_field" } = suggested(path, customByName(customFields)) ?? {};
    const isFree = !value.some(
      (each) => each.targetField === targetField && (each.targetType ?? "user_field") === targetType,
    );
    add({ sourcePath: path, targetField: isFree ? targetField : "", targetType });
  };
  return (
    <section ref={all} className={styles.mapper} aria-label="Map response to contact fields">
      <header className={styles.header}>
        <h3>Map response to contact fields</h3>
        {action.kind === "connector" && (
          <Templates connectorId={action.id} mappings={value} onLoad={(more) => add(...more)} />
        )}
      </header>
      <Foresight
        preview={preview}
        hasSample={sample !== undefined || loadedSample.isLoading}
        contactId={contactId}
        onContactChange={onContactChange}
      />
      {custom.error && (
        <ProblemNote
          title="Custom fields could not be read"
          detail={custom.error.message}
          traceId={traceOf(custom.error)}
          onRetry={custom.retry}
        />
      )}
      <DropZone
        className={styles.rows ?? ""}
        aria-label="Mappings: drop a value of the response here"
        getDropOperation={(types) => (types.has(PATH_TYPE) ? "copy" : "cancel")}
        onDrop={async (event) => {
          for (const item of event.items) if (item.kind === "text") addPath(await item.getText(PATH_TYPE));
        }}
      >
        {value.length > 0 && (
          <div className={styles.heads} aria-hidden="true">
            <span>Response field</span>
            <span />
            <span>Contact field</span>
          </div>
        )}
        {custom.data === undefined && custom.isLoading && value.length > 0 ? (
          <Skeleton height={36} />
        ) : (
          value.map((mapping, place) => (
            <MappingRow
              key={rows.ids[place]}
              number={place + 1}
              mapping={mapping}
              fields={fields}
              customFields={customFields}
              sample={sample}
              line={preview.lineOf(place)}
              problems={problems.filter((one) => one.pointer.startsWith(`/fieldMappings/${place}/`))}
              onChange={(changed) => onChange(value.map((each, at) => (at === place ? changed : each)))}
              onRemove={() => {
                leaving(place);
                rows.remove(place);
                onChange(value.filter((_, at) => at !== place));
                setTold(`Removed: ${mappingPhrase(mapping)}`);
              }}
            />
          ))
        )}
        {value.length === 0 && (
          <p className={styles.none}>{nothingYet(found.length > 0, sample !== undefined)}</p>
        )}
        <Button
          size="small"
          data-adds
          icon={<Plus size={15} />}
          onPress={() => onChange([...value, { sourcePath: "", targetField: "", targetType: "user_field" }])}
          isDisabled={value.length > 0 && !whole(value.at(-1) as FieldMapping)}
        >
          Add mapping
        </Button>
      </DropZone>
      <output className="visually-hidden">{told}</output>
      <Suggestions
        found={found}
        sample={sample}
        onAdd={(more) => {
          // With the last of them one goes on at what adds another.
          leaving(NOWHERE);
          add(...more);
        }}
      />
      <Answer
        state={loadedSample}
        sample={sample}
        isPasted={pasted !== undefined}
        onPaste={setPasted}
        onPick={(path) => addPath(path)}
      />
      <Options options={options} onChange={onOptionsChange} />
    </section>
  );
}

/** What to do first, of what there is. */
function nothingYet(hasSuggestions: boolean, hasSample: boolean): string {
  if (hasSuggestions) return "Nothing is mapped yet. Take a suggestion, or a value of the response.";
  if (hasSample) return "Nothing is mapped yet. Click a value of the response below.";
  return "Nothing is mapped yet.";
}
