import { jsonText } from "@json/exact";
import { ActionPicker } from "@lib/ActionPicker/ActionPicker";
import { ConfigureAction } from "@lib/ConfigureAction/ConfigureAction";
import { emptySettings } from "@lib/ConfigureAction/model";
import type { Action, ActionSettings, Variable } from "@lib/data-source";
import { Confirm, Dialog } from "@ui/Dialog";
import { ProblemNote, Skeleton } from "@ui/States";
import { useState } from "react";
import { useAction, useContactVariables, useVariables } from "../actions";
import type { Steps } from "../editing";
import { asSettings, type Told } from "../problems";
import { settingsOf, withSettings } from "../settings";
import { inserted, rowOf, type Step } from "../steps";
import { nameOf } from "../words";
import { useEditing } from "./context";
import { IfForm } from "./IfForm";
import { StepShown } from "./StepShown";

interface StepDialogsProps {
  flowId: string | null;
  steps: Steps;
  /** The step whose settings the address opens. */
  opened: string | undefined;
  onClose: () => void;
  contactId: string | null;
  onContactChange: (id: string | null) => void;
}

/** Choose Action, then Configure Action; and the settings of a step that is there. */
export default function StepDialogs(props: StepDialogsProps) {
  const { flowId, steps, opened, onClose, contactId, onContactChange } = props;
  const { draft, problems, mayEdit } = useEditing();
  const { doing } = steps;
  if (doing?.kind === "picking") {
    return (
      <Dialog title="Choose Action" isOpen onClose={() => steps.begin(null)} width="wide">
        <ActionPicker onPick={(action) => steps.add(action, doing.slot)} />
      </Dialog>
    );
  }
  const shared = { flowId, contactId, onContactChange };
  if (doing?.kind === "adding") {
    return (
      <Configure
        {...shared}
        key={doing.step.id}
        step={doing.step}
        among={inserted(draft.steps, doing.slot, doing.step)}
        action={doing.action}
        first={emptySettings(doing.action)}
        problems={[]}
        submitLabel="Add"
        onSubmit={steps.place}
        onClose={() => steps.begin(null)}
      />
    );
  }
  const step = opened === undefined ? undefined : rowOf(draft.steps, opened)?.step;
  if (!step) return null;
  if (!mayEdit) return <ReadOnly step={step} onClose={onClose} />;
  return (
    <Configure
      {...shared}
      key={step.id}
      step={step}
      among={draft.steps}
      first={settingsOf(step)}
      problems={problems.get(step.id) ?? []}
      submitLabel="Apply"
      onSubmit={(changed) => {
        onClose();
        steps.replace(changed);
      }}
      onClose={onClose}
    />
  );
}

interface ConfigureProps {
  flowId: string | null;
  contactId: string | null;
  onContactChange: (id: string | null) => void;
  step: Step;
  among: readonly Step[];
  action?: Action;
  first: ActionSettings;
  problems: readonly Told[];
  submitLabel: string;
  onSubmit: (step: Step) => void;
  onClose: () => void;
}

function Configure(props: ConfigureProps) {
  const { step, among, flowId, problems, submitLabel, onSubmit, onClose } = props;
  const { names } = useEditing();
  const found = useAction(props.action ? null : step);
  const variables = useVariables(among, step.id, flowId);
  const [settings, setSettings] = useState(props.first);
  const [isEdited, setEdited] = useState(false);
  const [asks, setAsks] = useState(false);
  const action = props.action ?? found.action;
  const isChanged = isEdited || jsonText(settings) !== jsonText(props.first);
  const leave = () => (isChanged ? setAsks(true) : onClose());
  return (
    <Dialog title="Configure action" about={nameOf(step, names)} isOpen onClose={leave} width="wide">
      {step.action === "if" ? (
        <If
          {...{ step, variables, problems, submitLabel, onSubmit }}
          onEdit={setEdited}
          onCancel={leave}
          contactId={props.contactId}
        />
      ) : action ? (
        <ConfigureAction
          action={action}
          value={settings}
          onChange={setSettings}
          variables={variables}
          contactId={props.contactId}
          onContactChange={props.onContactChange}
          problems={asSettings(problems)}
          submitLabel={submitLabel}
          onSubmit={(given) => onSubmit(withSettings(step, given))}
          onCancel={leave}
        />
      ) : found.isMissing ? (
        <ProblemNote
          title="The connector of this step is not there any more"
          detail="Restore it, or take the step away and add another action."
        />
      ) : (
        <Skeleton height={280} />
      )}
      <Confirm
        title="Drop what you have changed?"
        isOpen={asks}
        onClose={() => setAsks(false)}
        action="Drop it"
        tone="danger"
        onConfirm={onClose}
        cancel="Go on"
      >
        The step stays as it was.
      </Confirm>
    </Dialog>
  );
}

interface IfProps {
  step: Step & { action: "if" };
  variables: readonly Variable[];
  problems: readonly Told[];
  submitLabel: string;
  onEdit: (isChanged: boolean) => void;
  onSubmit: (step: Step) => void;
  onCancel: () => void;
  contactId: string | null;
}

function If({ step, variables, onSubmit, contactId, ...shared }: IfProps) {
  const ofContact = useContactVariables(contactId);
  return (
    <IfForm
      {...shared}
      condition={step.condition}
      variables={[...ofContact, ...variables]}
      onSubmit={(condition) => onSubmit({ ...step, condition })}
    />
  );
}

function ReadOnly({ step, onClose }: { step: Step; onClose: () => void }) {
  const { names } = useEditing();
  return (
    <Dialog title={nameOf(step, names)} isOpen onClose={onClose} width="wide">
      <StepShown step={step} />
    </Dialog>
  );
}
