import { Plus } from "lucide-react";
import { Button } from "react-aria-components";
import type { Slot } from "../steps";
import { placeWords } from "../words";
import { useEditing } from "./context";
import styles from "./Steps.module.css";

/** A place between steps, where an action can be added or what is being moved can go. */
export function SlotButton({ slot, isLarge }: { slot: Slot; isLarge?: boolean }) {
  const { draft, names, mayEdit, placing, choose } = useEditing();
  if (!mayEdit) return null;
  const place = placeWords(slot, draft.steps, names);
  const label = placing === null ? `Add action ${place}` : `Place ${placing} ${place}`;
  return (
    <Button
      className={`${styles.slot} nodrag`}
      aria-label={label}
      data-placing={placing !== null || undefined}
      data-large={isLarge || undefined}
      onPress={() => choose(slot)}
    >
      <Plus size={14} aria-hidden="true" />
      {(isLarge || placing !== null) && <span>{placing === null ? "Add action" : "Place here"}</span>}
    </Button>
  );
}
