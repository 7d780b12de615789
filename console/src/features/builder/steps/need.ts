import { useFormContext } from "react-hook-form";
import type { Values } from "../values";

/** That a call needs an input is said at the input, and at each parameter that it is the value of: it is one thing. */
export function useNeed(): (input: string, isNeeded: boolean) => void {
  const { getValues, setValue } = useFormContext<Values>();
  return (input, isNeeded) => {
    getValues("inputs").forEach(({ name }, at) => {
      if (name === input) setValue(`inputs.${at}.required`, isNeeded, { shouldDirty: true });
    });
    getValues("query").forEach(({ source, inputField }, at) => {
      if (source === "input" && inputField.trim() === input)
        setValue(`query.${at}.required`, isNeeded, { shouldDirty: true });
    });
  };
}
