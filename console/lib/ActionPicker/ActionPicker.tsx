import { Button } from "@ui/Button";
import { SearchField } from "@ui/SearchField";
import { Segments } from "@ui/Segments";
import { EmptyState, ProblemNote, Skeleton, Status } from "@ui/States";
import { SearchX } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import {
  Autocomplete,
  Collection,
  Header,
  ListBox,
  ListBoxItem,
  ListBoxSection,
} from "react-aria-components";
import type { Action } from "../data-source";
import { traceOf } from "../loading";
import { ActionIcon } from "./ActionIcon";
import styles from "./ActionPicker.module.css";
import { useActions } from "./actions";
import {
  CATEGORIES,
  gives,
  isUsable,
  needs,
  type PickerGroup,
  pickerGroups,
  record,
  type Shown,
} from "./model";
import { recentActions, rememberAction } from "./recent";

export interface ActionPickerProps {
  onPick: (action: Action) => void;
}

/** What a step of a flow does: found as one types, chosen by Enter or a click; one that cannot be used says why. */
export function ActionPicker({ onPick }: ActionPickerProps) {
  const [text, setText] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  const [refused, setRefused] = useState<Action | null>(null);
  const [recent] = useState(recentActions);
  const found = useActions(text);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // After whatever it stands in, such as a dialog, has settled where the focus is.
    const frame = requestAnimationFrame(() => place.current?.querySelector("input")?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  const groups = pickerGroups(found.actions, shown, recent, text.trim() !== "");
  const takesFirst = useFirstOfAnswer(found.isLoading && text.trim() !== "", text, () => {
    const [first] = groups[0]?.actions ?? [];
    if (first) pick(first.id);
  });
  const pick = (id: string) => {
    const action = found.actions.find((each) => each.id === id);
    if (!action) return;
    if (!isUsable(action)) return setRefused(action);
    rememberAction(action.id);
    onPick(action);
  };
  const type = (typed: string) => {
    setText(typed);
    setRefused(null);
  };
  return (
    <div className={styles.picker} ref={place} onKeyDownCapture={takesFirst}>
      <Autocomplete inputValue={text} onInputChange={type}>
        <SearchField label="Search actions" placeholder="Search actions…" value={text} onChange={type} />
        <Segments label="Kind of action" options={CATEGORIES} value={shown} onChange={setShown} />
        {refused && (
          <ProblemNote
            tone="warning"
            title={`${refused.name} cannot be used now`}
            detail={refused.why_not?.detail ?? ""}
          />
        )}
        {found.error && (
          <ProblemNote
            title="Actions could not be read"
            detail={found.error.message}
            traceId={traceOf(found.error)}
            onRetry={found.retry}
          />
        )}
        <ListBox
          aria-label="Actions"
          className={styles.list ?? ""}
          items={groups}
          onAction={(id) => pick(String(id))}
          renderEmptyState={() => (found.isLoading ? <Waiting /> : found.error ? null : <None text={text} />)}
        >
          {(group: PickerGroup) => (
            <ListBoxSection id={`group:${group.id}`}>
              <Header className={styles.heading ?? ""}>{group.label}</Header>
              <Collection items={group.actions}>
                {(action) => (
                  <ListBoxItem id={action.id} textValue={action.name} className={styles.action ?? ""}>
                    <Line action={action} />
                  </ListBoxItem>
                )}
              </Collection>
            </ListBoxSection>
          )}
        </ListBox>
      </Autocomplete>
      {found.more && (
        <Button size="small" onPress={found.more}>
          Show more
        </Button>
      )}
    </div>
  );
}

/**
 * Enter while what was typed is being looked for takes the first of its answer, not the first of what is shown still. So
 * it does where nobody is at a line: an arrow that came before the list has gone nowhere.
 */
function useFirstOfAnswer(isLooking: boolean, text: string, take: () => void) {
  const [wantedOf, setWantedOf] = useState<string | null>(null);
  const movedIn = useRef<string | null>(null);
  const taken = useRef(take);
  taken.current = take;
  useEffect(() => {
    if (wantedOf === null || isLooking) return;
    setWantedOf(null);
    if (wantedOf === text) taken.current();
  }, [wantedOf, isLooking, text]);
  return (event: KeyboardEvent<HTMLElement>) => {
    // A line that somebody has gone to is what they see and mean.
    if (event.key === "ArrowDown" || event.key === "ArrowUp") movedIn.current = text;
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    const isAtLine = event.currentTarget.querySelector("[role=option][data-focused]") !== null;
    if (isAtLine && (!isLooking || movedIn.current === text)) return;
    event.preventDefault();
    event.stopPropagation();
    setWantedOf(text);
  };
}

function Line({ action }: { action: Action }) {
  const usable = isUsable(action);
  const facts = [needs(action), gives(action), record(action)].filter(Boolean);
  return (
    <div className={styles.line} data-off={!usable || undefined}>
      <ActionIcon icon={action.icon} name={action.name} />
      <div className={styles.main}>
        <span className={styles.name}>{action.name}</span>
        {action.description && <span className={styles.about}>{action.description}</span>}
        <span className={styles.facts}>
          {usable ? (
            facts.join(" · ")
          ) : (
            <Status tone="warning">{action.why_not?.detail ?? "It cannot be used now."}</Status>
          )}
        </span>
      </div>
    </div>
  );
}

function Waiting() {
  return (
    <div className={styles.waiting}>
      {[0, 1, 2].map((line) => (
        <Skeleton key={line} height={56} />
      ))}
    </div>
  );
}

function None({ text }: { text: string }) {
  return (
    <EmptyState
      icon={<SearchX size={20} />}
      title={text.trim() ? "No action matches" : "There is no action here"}
    >
      {text.trim()
        ? "Look for another name, or for what it is about."
        : "A connector is one as soon as it is saved."}
    </EmptyState>
  );
}
