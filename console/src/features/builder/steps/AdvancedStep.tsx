import { useFormContext, useWatch } from "react-hook-form";
import styles from "../Builder.module.css";
import { FormCheck, FormNumber, FormText } from "../components/form";
import { Section } from "../components/Section";
import type { Values } from "../values";
import { ratePhrase, retryPhrase } from "../words";
import { MoreLimits } from "./MoreLimits";
import { StatusRows } from "./StatusRows";
import { WaitingSection } from "./WaitingSection";

export default function AdvancedStep() {
  const { control } = useFormContext<Values>();
  const [perMinute, retries, delay, timeout] = useWatch({
    control,
    name: ["maxPerMinute", "retries", "retryDelay", "timeout"],
  });
  return (
    <>
      <Section title="Rate limit" hint="What is beyond it waits in line, and is never lost.">
        <div className={styles.pair}>
          <FormNumber
            name="maxPerMinute"
            label="Max requests per minute"
            placeholder="No limit"
            minValue={1}
            hint={ratePhrase(perMinute)}
          />
          <FormNumber
            name="maxConcurrent"
            label="Calls at the same time"
            placeholder="No limit"
            minValue={1}
            hint="Over all executors together."
          />
        </div>
        <MoreLimits />
      </Section>
      <Section title="Time and retries" hint={retryPhrase(retries, delay, timeout)}>
        <div className={styles.pair}>
          <FormNumber
            name="timeout"
            label="Timeout"
            unit="ms"
            minValue={0}
            hint="For one try, its answer included."
          />
          <FormNumber
            name="totalTimeout"
            label="Timeout of all tries together"
            unit="ms"
            placeholder="None"
            minValue={0}
            hint="Then the call ends, whatever is left to try."
          />
          <FormNumber name="retries" label="Retry attempts" minValue={0} />
          <FormNumber
            name="retryDelay"
            label="Retry delay"
            unit="ms"
            minValue={0}
            hint="Doubles with each try."
          />
        </div>
        <FormText
          name="idempotencyHeader"
          label="Idempotency header"
          mono
          placeholder="Idempotency-Key"
          hint="If the API knows one: each call gets a value of its own, so that a write can be repeated and happens once."
        />
      </Section>
      <Section title="Error handling">
        <FormCheck
          name="continueOnError"
          label="Continue flow on error"
          hint="Unless the flow's own step says otherwise."
        />
        <FormCheck
          name="logErrors"
          label="Log errors to execution history"
          hint="Without it a failure is kept without its message, request and answer."
        />
        <StatusRows />
      </Section>
      <WaitingSection />
    </>
  );
}
