import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { type FormEvent, useDeferredValue, useMemo, useState } from "react";
import styles from "../Builder.module.css";
import { MOST_CHARACTERS, readCommand } from "../curl/command";
import { summaryOf } from "../curl/summary";
import { type Imported, valuesOf } from "../curl/to-values";
import type { Values } from "../values";
import own from "./StartFrom.module.css";

interface CurlDialogProps {
  onClose: () => void;
  onTake: (values: Partial<Values>) => void;
}

/** A cURL command becomes a connector; what it says is shown before it is used. */
export default function CurlDialog({ onClose, onTake }: CurlDialogProps) {
  const [text, setText] = useState("");
  const shown = useDeferredValue(text);
  const found = useMemo(() => importedOf(shown), [shown]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const imported = importedOf(text);
    if (imported) onTake(imported.values);
  };
  return (
    <Dialog title="Paste a cURL command" isOpen onClose={onClose} width="wide">
      <form className={styles.stack} onSubmit={submit}>
        <TextField
          label="Command"
          value={text}
          onChange={setText}
          rows={7}
          mono
          autoFocus
          placeholder={"curl 'https://api.example.com/v1/people?phone=…' \\\n  -H 'Authorization: Bearer …'"}
          error={wrongIn(shown, found)}
          hint="An address alone will do. From the API's documentation, or of a browser's network view: Copy as cURL. Keys go into fields that are encrypted."
        />
        <div aria-live="polite" className={styles.stack}>
          {found && <Summary found={found} />}
        </div>
        <div className={own.dialogActions}>
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" isDisabled={!found || shown !== text}>
            Fill in the steps
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function importedOf(text: string): Imported | null {
  const command = readCommand(text);
  return command && command.url !== "" ? valuesOf(command) : null;
}

function wrongIn(text: string, found: Imported | null): string | undefined {
  if (text.trim() === "" || found) return undefined;
  if (text.length > MOST_CHARACTERS) return "It is longer than 64 KiB.";
  return "Paste a command that begins with curl, or an address that begins with https://.";
}

function Summary({ found }: { found: Imported }) {
  return (
    <>
      <ul className={own.facts}>
        {summaryOf(found.values).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {found.notes.length > 0 && (
        <ProblemNote tone="warning" title="Not taken over, or for you to do">
          <ul className={own.facts}>
            {found.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </ProblemNote>
      )}
    </>
  );
}
