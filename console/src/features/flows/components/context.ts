import { createContext, useContext } from "react";
import type { StepView } from "@/api/flows";
import type { Told } from "../problems";
import type { Draft, Slot } from "../steps";
import type { Names } from "../words";

/** What list and canvas can do: the same. */
export interface Editing {
  draft: Draft;
  names: Names;
  mayEdit: boolean;
  problems: ReadonlyMap<string, readonly Told[]>;
  /** How steps go in the run that is shown; null: none is. */
  run: ReadonlyMap<string, StepView> | null;
  /** What is to be placed next, by its name; null: nothing. */
  placing: string | null;
  /** A place was chosen: for a new action, or for what is to be placed. */
  choose: (slot: Slot) => void;
  open: (id: string) => void;
  move: (id: string, way: "up" | "down") => void;
  canMove: (id: string, way: "up" | "down") => boolean;
  moveTo: (id: string, slot: Slot) => void;
  /** Begins to choose another place for it. */
  pickPlace: (id: string) => void;
  duplicate: (id: string) => void;
  remove: (id: string) => void;
}

export const EditingContext = createContext<Editing | null>(null);

export function useEditing(): Editing {
  const editing = useContext(EditingContext);
  if (!editing) throw new Error("Steps are drawn within the editor of their flow.");
  return editing;
}
