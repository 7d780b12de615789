import type { FieldPath } from "react-hook-form";
import type { InputRow, Values } from "../values";

/** Of an input in the form, or of a field or item in one, however deep: types do not follow there. */
export type InputName = `inputs.${number}`;

/** One of its fields. */
export const within = (name: InputName, field: keyof InputRow) => `${name}.${field}` as FieldPath<Values>;

/** One of its parts. */
export const partOf = (name: InputName, list: "properties" | "items", index: number) =>
  `${name}.${list}.${index}` as InputName;
