import { useFormContext } from "react-hook-form";
import type { Values } from "../values";

/** That a call needs an input is said at the input, and at each parameter that it is the value of: it is one thing. */
export function useNeed(): (input: string, isNeeded: boolean) => void {
  const { getValues, setValue } = useFormContext<Values>();
  return (written, isNeeded) => {
    const input = written.trim();
    // What has no name yet is no input of another.
    if (input === "") return;
    getValues("inputs").forEach(({ name }, at) => {
      if (name.trim() === input) setValue(`inputs.${at}.required`, isNeeded, { shouldDirty: true });
    });
    getValues("query").forEach(({ source, inputField }, at) => {
      if (source === "input" && inputField.trim() === input)
        setValue(`query.${at}.required`, isNeeded, { shouldDirty: true });
    });
  };
}
