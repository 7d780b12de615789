import { Status } from "@ui/States";
import type { StepView } from "@/api/flows";
import { useWaiting } from "@/features/waiting/queries";
import type { Step } from "../steps";
import { callOf, stepWord } from "./model";

export interface StepStatusProps {
  step: StepView;
  /** As the flow has it now; undefined: it has none of this id any more. */
  definition: Step | undefined;
  isRunOver?: boolean;
}

/** How a step goes in a run, in a word; of one that waits until when, and on hover why. */
export function StepStatus({ step, definition, isRunOver = false }: StepStatusProps) {
  const { waiting } = useWaiting(isRunOver ? null : callOf(step, definition));
  const { word, tone, why } = stepWord(step, waiting, new Date());
  return (
    <span title={why || undefined}>
      <Status tone={tone}>{word}</Status>
    </span>
  );
}
