import { jsonText, variablesOf } from "@connectors/parts";
import { createRoot } from "react-dom/client";
import { AddAction } from "./AddAction";

const EARLIER = variablesOf("welcome", { subject: "Hello", opened: true }, "Welcome mail");

export function showPanel(place: HTMLElement, onAdded: (step: string) => void) {
  createRoot(place).render(
    <AddAction
      variables={EARLIER}
      onAdded={(action, settings) => onAdded(`${action.name}\n${jsonText(settings, 2)}\n`)}
    />,
  );
}
