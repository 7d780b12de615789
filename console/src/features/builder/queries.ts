import type { Json } from "@json/exact";
import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { ExecutionView, PreviewAnswer, RequestReport, Saved, Tried } from "@/api/schema";
import { textsOf } from "./test-panel/inputs";

export interface Draft {
  connector: Json;
  connectorId?: string;
}

/** Answers nothing; raises ApiError (422) with all that the server would refuse. */
export async function check(draft: Draft, signal?: AbortSignal): Promise<void> {
  await ask("/api/connectors/check", { method: "POST", body: draft, signal });
}

export async function tryOut(draft: Draft & { inputs: Json }, signal: AbortSignal): Promise<Tried> {
  return (await ask<Tried>("/api/connectors/test", { method: "POST", body: draft, signal })).body;
}

/** The request that it would send now; nothing is called. Raises ApiError (422) as `check` does. */
export async function showRequest(
  draft: Draft & { inputs: Json },
  signal: AbortSignal,
): Promise<RequestReport> {
  const path = "/api/connectors/request-preview";
  return (await ask<RequestReport>(path, { method: "POST", body: draft, signal })).body;
}

export async function preview(expression: string, sample: Json, signal: AbortSignal): Promise<PreviewAnswer> {
  const body = { expression, sample };
  return (await ask<PreviewAnswer>("/api/transform/preview", { method: "POST", body, signal })).body;
}

/** `key`: of this creation, so that one whose answer got lost is not done twice. */
export async function create(connector: Json, key: string): Promise<Saved> {
  return (await ask<Saved>("/api/connectors", { method: "POST", body: connector, idempotencyKey: key })).body;
}

/** Raises ApiError (412) when it is not what was read any more. */
export async function change(id: string, connector: Json, etag: string): Promise<Saved> {
  return (await ask<Saved>(`/api/connectors/${id}`, { method: "PUT", body: connector, ifMatch: etag })).body;
}

/** The inputs of an execution, as texts for the form of a test. */
export const sentInputsQuery = (id: string) =>
  queryOptions({
    queryKey: ["execution", id, "inputs"],
    queryFn: async ({ signal }) => {
      const { body } = await ask<ExecutionView>(`/api/executions/${encodeURIComponent(id)}`, { signal });
      return textsOf(body.input_data as Json | undefined);
    },
    retry: false,
  });
