import { jsonText } from "@json/exact";
import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { ExampleDraft, ExampleLine, ExamplePage, ExampleView } from "@/api/schema";

/** Tests that somebody has kept with a connector, the newest first. */
export const examplesQuery = (connectorId: string) =>
  queryOptions({
    queryKey: ["connector", connectorId, "examples"],
    queryFn: async ({ signal }) => (await ask<ExamplePage>(pathOf(connectorId), { signal })).body.examples,
    refetchOnWindowFocus: false,
  });

export async function readExample(connectorId: string, id: string): Promise<ExampleView> {
  return (await ask<ExampleView>(`${pathOf(connectorId)}/${id}`)).body;
}

/** `key`: of this one, so that what is sent again makes no second. Raises ApiError. */
export async function keepExample(
  connectorId: string,
  draft: ExampleDraft,
  key: string,
): Promise<ExampleLine> {
  const sent = { method: "POST", body: draft, idempotencyKey: key } as const;
  return (await ask<ExampleLine>(pathOf(connectorId), sent)).body;
}

export async function removeExample(connectorId: string, id: string): Promise<void> {
  await ask(`${pathOf(connectorId)}/${id}`, { method: "DELETE" });
}

const pathOf = (connectorId: string) => `/api/connectors/${encodeURIComponent(connectorId)}/examples`;

/** Those of a connector that is not saved yet: kept with it once it is. Gives the names of those that were not. */
export async function keepAll(connectorId: string, drafts: readonly ExampleDraft[]): Promise<string[]> {
  const lost: string[] = [];
  for (const draft of drafts) {
    await keepExample(connectorId, draft, crypto.randomUUID()).catch(() => lost.push(draft.name));
  }
  return lost;
}

/** Bytes of the examples of a draft together: a little less than the server takes. */
const MOST_IN_DRAFT = 500_000;
const MOST_EXAMPLES = 20;

/** Those that a draft has room for, the first ones first. */
export function inDraft(examples: readonly ExampleDraft[]): readonly ExampleDraft[] {
  let left = MOST_IN_DRAFT;
  return examples.slice(0, MOST_EXAMPLES).filter((example) => {
    const bytes = new TextEncoder().encode(jsonText(example)).length;
    const fits = bytes <= left;
    if (fits) left -= bytes;
    return fits;
  });
}
