import { type Json, jsonText, tryParse } from "@json/exact";
import { sourcePath } from "@json/paths";
import { Button } from "@ui/Button";
import { Disclosure } from "@ui/Disclosure";
import { useKeptFocus } from "@ui/kept-focus";
import { ProblemNote, Skeleton } from "@ui/States";
import { TextField } from "@ui/TextField";
import { useState } from "react";
import { type Loaded, traceOf } from "../loading";
import { ResponseTree } from "../ResponseTree";
import styles from "./FieldMapper.module.css";

interface AnswerProps {
  state: Loaded<Json | undefined>;
  sample: Json | undefined;
  isPasted: boolean;
  onPaste: (sample: Json | undefined) => void;
  onPick: (path: string) => void;
}

/** The answer that is mapped: a line of it, taken by click, Enter or drag, makes a mapping. */
export function Answer({ state, sample, isPasted, onPaste, onPick }: AnswerProps) {
  const whose = isPasted
    ? "as you have pasted it"
    : sample !== undefined
      ? "of the last run or test"
      : state.isLoading
        ? "being read…"
        : "none yet";
  return (
    <Disclosure title="Response" summary={whose} isOpenFirst>
      <div className={styles.answer}>
        {state.error && (
          <ProblemNote
            title="The last answer could not be read"
            detail={state.error.message}
            traceId={traceOf(state.error)}
            onRetry={state.retry}
          />
        )}
        {state.isLoading && sample === undefined && <Skeleton height={120} />}
        {sample !== undefined && (
          <>
            <p className={styles.quiet}>Click a line, press Enter on it, or drag it into the mappings.</p>
            <ResponseTree
              key={isPasted ? "pasted" : "last"}
              label="Response"
              value={sample}
              isDraggable
              onPick={(_path, _value, place) => {
                const path = sourcePath(place);
                if (path !== null) onPick(path);
              }}
            />
          </>
        )}
        <Paste sample={sample} isPasted={isPasted} onPaste={onPaste} />
      </div>
    </Disclosure>
  );
}

function Paste({ sample, isPasted, onPaste }: Pick<AnswerProps, "sample" | "isPasted" | "onPaste">) {
  const [text, setText] = useState<string | null>(null);
  const { place, leaving } = useKeptFocus<HTMLDivElement>();
  const close = () => {
    leaving();
    setText(null);
  };
  if (text === null) {
    return (
      <div ref={place} className={styles.actions}>
        <Button
          size="small"
          onPress={() => setText(isPasted && sample !== undefined ? jsonText(sample, 2) : "")}
        >
          {sample === undefined ? "Paste an answer" : "Paste another answer"}
        </Button>
        {isPasted && (
          <Button size="small" variant="quiet" onPress={() => onPaste(undefined)}>
            Use the last run again
          </Button>
        )}
      </div>
    );
  }
  const read = tryParse(text);
  return (
    <div className={styles.paste}>
      <TextField
        label="An answer, as JSON"
        rows={6}
        mono
        autoFocus
        value={text}
        onChange={setText}
        error={text.trim() !== "" && read === undefined ? "This is no JSON yet." : undefined}
      />
      <div className={styles.actions}>
        <Button
          size="small"
          variant="primary"
          isDisabled={read === undefined}
          onPress={() => {
            onPaste(read);
            close();
          }}
        >
          Use it
        </Button>
        <Button size="small" onPress={close}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
