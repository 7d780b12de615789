import { useKeptFocus } from "@ui/kept-focus";
import { type FieldArrayPath, useFieldArray, useFormContext } from "react-hook-form";
import type { Values } from "../values";

/** Rows of the form; whoever removes one by keyboard goes on where it was. */
export function useRows<Name extends FieldArrayPath<Values>>(name: Name) {
  const { control } = useFormContext<Values>();
  const { fields, append, remove } = useFieldArray<Values, Name>({ control, name });
  const { place, leaving } = useKeptFocus<HTMLDivElement>();
  const removeRow = (index: number) => {
    leaving();
    remove(index);
  };
  return { fields, append, remove: removeRow, drop: remove, place };
}
