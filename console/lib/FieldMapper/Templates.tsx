import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { MenuItem, MenuSeparator, MoreMenu } from "@ui/Menu";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { BookMarked } from "lucide-react";
import { useState } from "react";
import type { FieldMapping, MappingTemplate } from "../data-source";
import { asError, traceOf, useLoaded } from "../loading";
import { useSource } from "../provider";
import styles from "./FieldMapper.module.css";
import { whole } from "./model";

interface TemplatesProps {
  connectorId: string;
  mappings: readonly FieldMapping[];
  onLoad: (mappings: readonly FieldMapping[]) => void;
}

const SAVE = "save";

/** Named mappings of the connector: their lines are added, or those at hand are kept under a name. */
export function Templates({ connectorId, mappings, onLoad }: TemplatesProps) {
  const source = useSource();
  const [isSaving, setSaving] = useState(false);
  const found = useLoaded(`templates:${connectorId}`, (signal) => source.templates(connectorId, signal));
  const templates = found.data ?? [];
  const canSave = source.saveTemplate !== undefined;
  if (!canSave && templates.length === 0) return null;
  const load = (id: string) => {
    if (id === SAVE) setSaving(true);
    else onLoad(templates[Number(id)]?.mappings ?? []);
  };
  return (
    <>
      <MoreMenu label="Templates of mappings" icon={<BookMarked size={16} />} onAction={load}>
        {templates.map((template, place) => (
          <MenuItem key={template.name} id={String(place)} textValue={template.name}>
            {`Add “${template.name}”`}
          </MenuItem>
        ))}
        {canSave && templates.length > 0 && <MenuSeparator />}
        {canSave && (
          <MenuItem id={SAVE} textValue="Save as a template" isDisabled={!mappings.some(whole)}>
            Save these as a template…
          </MenuItem>
        )}
      </MoreMenu>
      {isSaving && (
        <SaveTemplate
          connectorId={connectorId}
          mappings={mappings.filter(whole)}
          templates={templates}
          onClose={() => setSaving(false)}
          onSaved={found.retry}
        />
      )}
    </>
  );
}

interface SaveTemplateProps {
  connectorId: string;
  mappings: readonly FieldMapping[];
  templates: readonly MappingTemplate[];
  onClose: () => void;
  onSaved: () => void;
}

function SaveTemplate({ connectorId, mappings, templates, onClose, onSaved }: SaveTemplateProps) {
  const source = useSource();
  const [name, setName] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const replaces = templates.some((template) => template.name === name.trim());
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await source.saveTemplate?.(connectorId, { name: name.trim(), mappings }, replaces);
      onSaved();
      onClose();
    } catch (refused) {
      setError(asError(refused));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Save as a template" isOpen onClose={onClose}>
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        autoFocus
        maxLength={200}
        hint={
          replaces
            ? "There is one of this name; it is replaced."
            : "Every flow can use it with this connector."
        }
      />
      {error && <ProblemNote title="It is not saved" detail={error.message} traceId={traceOf(error)} />}
      <div className={styles.dialogActions}>
        <Button onPress={onClose}>Cancel</Button>
        <Button variant="primary" isDisabled={name.trim() === ""} isPending={isBusy} onPress={save}>
          {replaces ? "Replace" : "Save"}
        </Button>
      </div>
    </Dialog>
  );
}
