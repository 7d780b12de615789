import { isObject, type Json } from "@json/exact";
import type { Action, Contact, DataSource, MappingPreview, MappingTemplate } from "@lib/data-source";
import { ApiError, ask } from "./client";
import { testedAnswer } from "./tested";

const FOUND_CONTACTS = 20;
const PAGE = 200;

/** What the library's parts get from this console: the REST API's own answers. */
export const consoleData: DataSource = {
  actions: async ({ text, cursor }, signal) =>
    (
      await ask<{ actions: Action[]; next_cursor: string | null }>("/api/actions", {
        query: { q: text, cursor, limit: PAGE },
        signal,
      })
    ).body,
  sample: async (action, signal) => {
    if (action.kind !== "connector") return undefined;
    const tested = testedAnswer(action.id);
    const last = await lastAnswer(action.id, tested?.at ?? 0, signal).catch(unlessRefused);
    return last ?? tested?.output ?? (await keptAnswer(action.id, signal));
  },
  customFields: async (signal) =>
    (await ask<{ name: string; type: string }[]>("/api/custom-fields", { signal })).body,
  findContacts: async (text, signal) => {
    const query = { q: text.trim(), limit: FOUND_CONTACTS };
    return (await ask<{ contacts: Contact[] }>("/api/contacts", { query, signal })).body.contacts;
  },
  contact: async (id, signal) => {
    try {
      return (await ask<Contact>(`/api/contacts/${encodeURIComponent(id)}`, { signal })).body;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 422)) return null;
      throw error;
    }
  },
  previewMapping: async (asked, signal) =>
    (await ask<MappingPreview>("/api/contacts/mapping-preview", { method: "POST", body: asked, signal }))
      .body,
  templates: async (connectorId, signal) =>
    (await ask<{ templates: MappingTemplate[] }>(templatesOf(connectorId), { signal })).body.templates,
  saveTemplate: async (connectorId, template, replaces) => {
    const path = templatesOf(connectorId) + (replaces ? `/${encodeURIComponent(template.name)}` : "");
    await ask(path, { method: replaces ? "PUT" : "POST", body: template });
  },
  executionUrl: (id) => `/tools/executions/${encodeURIComponent(id)}`,
};

/** Who may not read executions has no last answer. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 403) throw error;
}

const templatesOf = (connectorId: string) => `/api/connectors/${connectorId}/field-mapping-templates`;

interface Ended {
  id: string;
  executed_at: string;
}

interface KeptExecution {
  output_data: Json;
  cut: readonly string[];
}

/** Of the last execution that succeeded, if it is not older than that and the history has all of it. */
async function lastAnswer(
  connectorId: string,
  since: number,
  signal: AbortSignal,
): Promise<Json | undefined> {
  const query = { connector_id: connectorId, status: "success", limit: 1 };
  const { body } = await ask<{ executions: Ended[] }>("/api/executions", { query, signal });
  const [last] = body.executions;
  if (!last || Date.parse(last.executed_at) < since) return undefined;
  const { output_data, cut } = (
    await ask<KeptExecution>(`/api/executions/${encodeURIComponent(last.id)}`, { signal })
  ).body;
  return cut.includes("data") || output_data === null ? undefined : output_data;
}

/** Of an example that somebody has kept of a test. */
async function keptAnswer(connectorId: string, signal: AbortSignal): Promise<Json | undefined> {
  const path = `/api/connectors/${connectorId}/examples`;
  const { body } = await ask<{ examples: { id: string }[] }>(path, { query: { limit: 1 }, signal });
  const [example] = body.examples;
  if (!example) return undefined;
  const kept = (await ask<{ output?: Json }>(`${path}/${example.id}`, { signal })).body;
  return isObject(kept.output) || Array.isArray(kept.output) ? kept.output : undefined;
}
