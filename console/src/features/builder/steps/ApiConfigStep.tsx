import { useQuery } from "@tanstack/react-query";
import { Segments } from "@ui/Segments";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import { kindsQuery } from "@/features/auth/queries";
import styles from "../Builder.module.css";
import { Section } from "../components/Section";
import type { Values } from "../values";
import { BodyFields } from "./BodyFields";
import { HeaderRows } from "./HeaderRows";
import { InputRows } from "./InputRows";
import { QueryRows } from "./QueryRows";
import { UrlField } from "./UrlField";
import { UrlOptions } from "./UrlOptions";

/** As long as the server has not told: those that every API knows. */
const USUAL = ["GET", "POST", "PUT", "DELETE", "PATCH"];

const WITHOUT_BODY = ["GET", "HEAD", "DELETE", "OPTIONS"];

export default function ApiConfigStep() {
  const { control } = useFormContext<Values>();
  const [method, bodyType] = useWatch({ control, name: ["method", "bodyType"] });
  const { data: kinds } = useQuery(kindsQuery);
  const methods = kinds?.methods.map((one) => one.name) ?? USUAL;
  const shown = [...new Set([...USUAL, ...methods])].filter(
    (name) => methods.includes(name) || name === method,
  );
  const repeats = kinds?.methods.find((one) => one.name === method)?.repeatable ?? true;
  // A body is sent whatever the method is: one that there is is shown.
  const takesBody = bodyType !== "none" || !WITHOUT_BODY.includes(method);
  return (
    <>
      <Section title="API configuration" hint="The one endpoint that this connector calls.">
        <div>
          <span className={styles.caption}>
            HTTP method <span className={styles.star}>*</span>
          </span>
          <Controller
            control={control}
            name="method"
            render={({ field }) => (
              <Segments
                label="HTTP method"
                mono
                value={field.value}
                onChange={field.onChange}
                options={shown.map((name) => ({ id: name, label: name }))}
              />
            )}
          />
          <p className={`${styles.quiet} ${styles.under}`}>
            {repeats
              ? "A call that got no answer is sent again."
              : "A call that got no answer is not sent again, unless an idempotency header makes that safe (step 5)."}
          </p>
        </div>
        <UrlField />
        <UrlOptions />
      </Section>
      <QueryRows />
      <HeaderRows />
      {takesBody && <BodyFields kinds={kinds?.bodies ?? []} />}
      <InputRows />
    </>
  );
}
