import {
  type ActionPage,
  type Contact,
  type DataSource,
  type Json,
  jsonText,
  type MappingPreview,
  type MappingTemplate,
  parseJson,
} from "@connectors/parts";

const TIMEOUT_MS = 30_000;

/** A DataSource over the REST API. `headers`: what says who asks, such as a token that the host's own server has given. */
export function restSource(base: string, headers: () => Record<string, string>): DataSource {
  const ask = async <T>(path: string, signal?: AbortSignal, method = "GET", body?: unknown): Promise<T> => {
    const response = await fetch(base + path, {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", ...headers() },
      ...(body === undefined ? {} : { body: jsonText(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(problemIn(text) ?? `The server answered ${response.status}`);
    // Not JSON.parse: it rounds long numbers.
    return (text === "" ? undefined : parseJson(text)) as T;
  };
  const templates = (id: string) => `/api/connectors/${id}/field-mapping-templates`;
  return {
    actions: ({ text, cursor }, signal) =>
      ask<ActionPage>(
        `/api/actions?limit=100&q=${encodeURIComponent(text)}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
        signal,
      ),
    sample: async (action, signal) => {
      if (action.kind !== "connector") return undefined;
      const path = `/api/executions?connector_id=${action.id}&status=success&limit=1`;
      const [last] = (await ask<{ executions: { id: string }[] }>(path, signal)).executions;
      if (!last) return undefined;
      return (
        (await ask<{ output_data: Json }>(`/api/executions/${last.id}`, signal)).output_data ?? undefined
      );
    },
    customFields: (signal) => ask("/api/custom-fields", signal),
    findContacts: async (text, signal) =>
      (
        await ask<{ contacts: Contact[] }>(
          `/api/contacts?limit=20${text ? `&q=${encodeURIComponent(text)}` : ""}`,
          signal,
        )
      ).contacts,
    contact: (id, signal) => ask<Contact>(`/api/contacts/${id}`, signal),
    previewMapping: (asked, signal) =>
      ask<MappingPreview>("/api/contacts/mapping-preview", signal, "POST", asked),
    templates: async (id, signal) =>
      (await ask<{ templates: MappingTemplate[] }>(templates(id), signal)).templates,
    saveTemplate: (id, template, replaces) =>
      replaces
        ? ask(`${templates(id)}/${encodeURIComponent(template.name)}`, undefined, "PUT", template)
        : ask(templates(id), undefined, "POST", template),
  };
}

function problemIn(text: string): string | undefined {
  try {
    const { title, detail } = JSON.parse(text);
    return [title, detail].filter(Boolean).join(". ") || undefined;
  } catch {
    return undefined;
  }
}
