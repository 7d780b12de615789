import { useFormContext, useWatch } from "react-hook-form";
import styles from "../Builder.module.css";
import { FormNumber, FormSelect } from "../components/form";
import { More } from "../components/More";
import { Section } from "../components/Section";
import { SpanField } from "../components/SpanField";
import type { Values } from "../values";
import { waitingPhrase } from "../words";

const FULL = [
  { id: "reject", label: "Refuse it", hint: "The flow is told at once" },
  { id: "dead-letter", label: "Keep it as a dead letter", hint: "Somebody can send it again" },
];
const UNHEALTHY = [
  { id: "park", label: "Let it wait", hint: "Until the API answers again" },
  { id: "refuse", label: "Refuse it", hint: "The flow is told at once" },
];

/** How long an execution may wait, and how many of them. */
export function WaitingSection() {
  const { control } = useFormContext<Values>();
  const waiting = useWatch({ control, name: "waiting" });
  return (
    <Section title="Waiting" hint={waitingPhrase(waiting)}>
      <More
        title="How long, and how many"
        names={["maxAge", "maxWait", "maxParked", "whenFull", "whenUnhealthy"].map(
          (name) => `waiting.${name}`,
        )}
      >
        <div className={styles.pair}>
          <SpanField
            name="waiting.maxAge"
            label="Wait at most"
            placeholder="7 days"
            hint="For its turn within the limits, and for the API."
          />
          <SpanField
            name="waiting.maxWait"
            label="Of that, for an API that is away"
            placeholder="15 minutes"
            hint="It fails, asks for quiet, or its credential is refused."
          />
          <FormNumber
            name="waiting.maxParked"
            label="How many may wait"
            placeholder="1,000,000"
            minValue={1}
          />
          <FormSelect
            name="waiting.whenFull"
            label="An execution too many, or too old"
            options={FULL}
            usual="reject"
          />
          <FormSelect
            name="waiting.whenUnhealthy"
            label="While the API has only failed for long"
            options={UNHEALTHY}
            usual="park"
          />
        </div>
      </More>
    </Section>
  );
}
