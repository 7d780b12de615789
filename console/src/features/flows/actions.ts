import type { Json } from "@json/exact";
import type { Action, CustomField, Variable } from "@lib/data-source";
import { contactVariables, variablesOf, variablesOfSchema } from "@lib/VariableField/template";
import { useQuery } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { ActionPage, ConnectorView } from "@/api/schema";
import { contactQuery } from "@/features/contact-names/queries";
import { connectorQuery, namesQuery } from "./queries";
import { lastRunQuery } from "./runs/queries";
import { inputNames, storedBefore } from "./scope";
import type { Step } from "./steps";
import { type Names, nameOf } from "./words";

const builtInsQuery = {
  queryKey: ["actions", "built-in"],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<readonly Action[]> => {
    const page = (await ask<ActionPage>("/api/actions", { query: { limit: 20 }, signal })).body;
    return page.actions.filter(({ kind }) => kind === "built_in") as unknown as Action[];
  },
  staleTime: Number.POSITIVE_INFINITY,
};

export interface Found {
  action: Action | null;
  /** It is none any more, or cannot be read. */
  isMissing: boolean;
}

/** The action that a step is of; null until it is known. */
export function useAction(step: Step | null): Found {
  const isCall = step?.action === "connector";
  const connector = useQuery({
    ...connectorQuery(isCall ? step.connectorId : ""),
    enabled: isCall,
    retry: false,
  });
  const builtIns = useQuery({ ...builtInsQuery, enabled: step !== null && !isCall });
  if (!step) return { action: null, isMissing: false };
  if (isCall) {
    const view = connector.data?.body;
    return { action: view ? actionOf(view) : null, isMissing: connector.isError };
  }
  const found = builtIns.data?.find(({ id }) => id === step.action);
  return { action: found ?? null, isMissing: builtIns.isError };
}

export function actionOf(view: ConnectorView): Action {
  return {
    id: view.id,
    kind: "connector",
    name: view.name,
    description: view.description,
    icon: view.icon,
    category: "integrations",
    input_schema: view.input_schema as unknown as Readonly<Record<string, unknown>>,
    output_schema: view.output_schema as Readonly<Record<string, unknown>> | null,
    enabled: view.enabled,
  };
}

/** What a step may name of earlier ones and of a run's input, with the values of the last run where there was one. */
export function useVariables(steps: readonly Step[], id: string | null, flowId: string | null): Variable[] {
  const names = useQuery(namesQuery).data;
  const last = useQuery({ ...lastRunQuery(flowId ?? ""), enabled: flowId !== null && id !== null }).data;
  if (id === null) return [];
  const known: Names = names ?? new Map();
  const stored = storedBefore(steps, id).flatMap(({ name, by }) => {
    const value = last?.variables[name] as Json | undefined;
    const schema = by.action === "connector" ? known.get(by.connectorId)?.output : null;
    const group = nameOf(by, known);
    return value === undefined ? variablesOfSchema(name, schema, group) : variablesOf(name, value, group);
  });
  const inputs = inputNames(steps).map((name) => ({
    path: `input.${name}`,
    group: "Input of the run",
    ...(last && name in last.input ? { value: last.input[name] as Json } : {}),
  }));
  return [...stored, ...inputs];
}

const customFieldsQuery = {
  queryKey: ["custom-fields"],
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    (await ask<CustomField[]>("/api/custom-fields", { signal })).body,
  staleTime: 30_000,
};

/** What texts may name of the contact, with the values of the one that is looked at. */
export function useContactVariables(contactId: string | null): Variable[] {
  const contact = useQuery({ ...contactQuery(contactId ?? ""), enabled: contactId !== null }).data;
  const fields = useQuery({ ...customFieldsQuery, retry: false }).data;
  return contactVariables(contact ?? null, fields ?? []);
}
