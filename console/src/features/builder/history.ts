/** What a form was, step by step: at most 200 of them can be undone. */
export interface History<Form> {
  /** From the oldest; `field` is what was changed to come to it. */
  readonly steps: readonly { readonly form: Form; readonly field: string }[];
  /** The one that is shown. */
  readonly at: number;
}

export interface Moved<Form> {
  history: History<Form>;
  form: Form;
  /** What is another than before. */
  field: string;
}

export const MOST_STEPS = 200;

export const beginning = <Form>(form: Form): History<Form> => ({ steps: [{ form, field: "" }], at: 0 });

/** `joins`: it is one step with the change before it. What was undone before it is gone. */
export function changed<Form>(
  history: History<Form>,
  form: Form,
  field: string,
  joins: boolean,
): History<Form> {
  const before = history.steps.slice(0, history.at + 1);
  const last = before[before.length - 1];
  const isJoined = joins && last !== undefined;
  const kept = isJoined ? before.slice(0, -1) : before;
  const steps = [...kept, { form, field: isJoined && last.field !== "" ? last.field : field }];
  const cut = Math.max(0, steps.length - 1 - MOST_STEPS);
  return { steps: steps.slice(cut), at: steps.length - 1 - cut };
}

export const canUndo = ({ at }: History<unknown>): boolean => at > 0;
export const canRedo = ({ steps, at }: History<unknown>): boolean => at < steps.length - 1;

/** null: there is nothing to undo. */
export function undone<Form>(history: History<Form>): Moved<Form> | null {
  const target = history.steps[history.at - 1];
  if (!target) return null;
  const field = history.steps[history.at]?.field ?? "";
  return { history: { ...history, at: history.at - 1 }, form: target.form, field };
}

export function redone<Form>(history: History<Form>): Moved<Form> | null {
  const target = history.steps[history.at + 1];
  return target
    ? { history: { ...history, at: history.at + 1 }, form: target.form, field: target.field }
    : null;
}

/** A copy that no later change of the form reaches; what is neither list nor plain object is shared. */
export function copied<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copied) as Value;
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copied(each)])) as Value;
}
