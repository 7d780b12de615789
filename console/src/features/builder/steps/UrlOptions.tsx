import { useFormContext, useFormState, useWatch } from "react-hook-form";
import { FormCheck, FormText } from "../components/form";
import { hasHostOfValues } from "../inputs";
import { isAboutKey, NO_KEY } from "../row-words";
import type { Values } from "../values";

/** What only some URLs need: the hosts that one may lead to, and that it holds no key. */
export function UrlOptions() {
  const { control } = useFormContext<Values>();
  const [url, hosts, isPlain] = useWatch({ control, name: ["url", "allowedHosts", "allowPlainUrl"] });
  const { errors } = useFormState({ control });
  return (
    <>
      {(hasHostOfValues(url) || hosts.trim() !== "") && (
        <FormText
          name="allowedHosts"
          label="Allowed hosts"
          isRequired={hasHostOfValues(url)}
          mono
          rows={3}
          placeholder={"eu.api.example.com\nus.api.example.com"}
          hint="The host of the URL depends on a value: name each host that it may lead to, one on each line, without a port. No other one is called."
        />
      )}
      {(isPlain || isAboutKey(errors.url?.message)) && (
        <FormCheck name="allowPlainUrl" label="Nothing in the URL is a key" hint={NO_KEY} />
      )}
    </>
  );
}
