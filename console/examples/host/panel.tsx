import "@connectors/parts/connectors.css";
import {
  type Action,
  ActionPicker,
  type ActionSettings,
  ConfigureAction,
  ConnectorsProvider,
  emptySettings,
  jsonText,
  variablesOf,
} from "@connectors/parts";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { restSource } from "./rest";

/** The page's own server adds who asks: this page knows no token. */
const source = restSource("", () => ({}));
const EARLIER = variablesOf("welcome", { subject: "Hello", opened: true }, "Welcome mail");

export function showPanel(place: HTMLElement, onAdded: (step: string) => void) {
  createRoot(place).render(
    <ConnectorsProvider source={source} theme="light">
      <AddAction onAdded={(action, settings) => onAdded(`${action.name}\n${jsonText(settings, 2)}\n`)} />
    </ConnectorsProvider>,
  );
}

function AddAction({ onAdded }: { onAdded: (action: Action, settings: ActionSettings) => void }) {
  const [action, setAction] = useState<Action | null>(null);
  const [settings, setSettings] = useState<ActionSettings | null>(null);
  const [contactId, setContactId] = useState<string | null>(null);
  const pick = (picked: Action) => {
    setAction(picked);
    setSettings(emptySettings(picked));
  };
  if (!action || !settings) return <ActionPicker onPick={pick} />;
  return (
    <ConfigureAction
      action={action}
      value={settings}
      onChange={setSettings}
      variables={EARLIER}
      contactId={contactId}
      onContactChange={setContactId}
      onCancel={() => setAction(null)}
      onSubmit={(made) => {
        onAdded(action, made);
        setAction(null);
      }}
    />
  );
}
