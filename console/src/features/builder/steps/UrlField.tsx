import { TextField } from "@ui/TextField";
import { toast } from "@ui/Toast";
import { useState } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { rowOfPair, splitQuery } from "../url-query";
import type { Values } from "../values";

/** The URL; parameters that were typed or pasted behind it become rows of their own when it is left. */
export function UrlField() {
  const { control, getValues, setValue } = useFormContext<Values>();
  // What was there, or was brought back by undo, stays as it is.
  const [left] = useState(() => new Set([getValues("url")]));
  const split = () => {
    const url = getValues("url");
    const found = left.has(url) ? null : splitQuery(url);
    left.add(url);
    if (!found) return;
    setValue("url", found.address, { shouldDirty: true });
    setValue("query", [...getValues("query"), ...found.pairs.map(rowOfPair)], { shouldDirty: true });
    const { length } = found.pairs;
    toast({ text: `${length === 1 ? "1 parameter" : `${length} parameters`} of the URL: now below it` });
  };
  return (
    <Controller
      control={control}
      name="url"
      render={({ field, fieldState }) => (
        <TextField
          name="url"
          label="URL"
          isRequired
          mono
          type="url"
          placeholder="https://api.example.com/v2/identities/byPhone"
          value={field.value}
          onChange={field.onChange}
          onBlur={() => {
            field.onBlur();
            split();
          }}
          inputRef={field.ref}
          error={fieldState.error?.message}
          hint={
            <>
              <code>{"{{input.name}}"}</code> in the path stands for an input.
            </>
          }
        />
      )}
    />
  );
}
