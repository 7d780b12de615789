import "@connectors/parts/connectors.css";
import {
  type Action,
  ActionPicker,
  type ActionSettings,
  ConfigureAction,
  ConnectorsProvider,
  emptySettings,
  type Variable,
} from "@connectors/parts";
import { useState } from "react";
import { restSource } from "./rest";

// The page's own server adds who asks. Elsewhere: "https://connectors.example.com", and an Authorization header.
const source = restSource("", () => ({}));

export interface AddActionProps {
  /** What earlier steps give; `variablesOf` makes them of an answer. */
  variables: readonly Variable[];
  onAdded: (action: Action, settings: ActionSettings) => void;
}

export function AddAction({ variables, onAdded }: AddActionProps) {
  const [action, setAction] = useState<Action | null>(null);
  const [settings, setSettings] = useState<ActionSettings | null>(null);
  const [contactId, setContactId] = useState<string | null>(null);
  const pick = (picked: Action) => {
    setAction(picked);
    setSettings(emptySettings(picked));
  };
  return (
    <ConnectorsProvider source={source} theme="system">
      {action && settings ? (
        <ConfigureAction
          action={action}
          value={settings}
          onChange={setSettings}
          variables={variables}
          contactId={contactId}
          onContactChange={setContactId}
          onCancel={() => setAction(null)}
          onSubmit={(made) => {
            onAdded(action, made);
            setAction(null);
          }}
        />
      ) : (
        <ActionPicker onPick={pick} />
      )}
    </ConnectorsProvider>
  );
}
