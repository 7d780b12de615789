import { type Json, parseJson } from "@json/exact";
import { configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import type { Action, Contact, DataSource, MappingPreview, PreviewAsked } from "../data-source";
import { ConnectorsProvider } from "../provider";

// A busy machine is slow, and nothing is wrong with that.
configure({ asyncUtilTimeout: 30_000 });

export const ENRICHMENT: Action = {
  id: "c1",
  kind: "connector",
  name: "Phone Number Enrichment",
  description: "AudienceAcuity API integration",
  icon: "📞",
  category: "integrations",
  input_schema: { phoneNumber: { type: "string", required: true, label: "Phone number" } },
  output_schema: {
    type: "object",
    properties: { identity: { type: "object", properties: { firstName: { type: "string" } } } },
  },
  enabled: true,
  executions: 1204,
  success_rate: 0.98,
  p50_ms: 240,
};

export const BROKEN: Action = {
  ...ENRICHMENT,
  id: "c2",
  name: "Company Enrichment",
  enabled: false,
  why_not: { reason: "disabled", detail: "The connector is switched off; enable it." },
};

export const WAIT: Action = {
  id: "wait",
  kind: "built_in",
  name: "Wait",
  description: "Go on after a while, or at a moment",
  icon: "⏳",
  category: "basic",
  input_schema: { seconds: { type: "number", label: "Seconds" }, until: { type: "string", label: "Until" } },
};

export const JANE: Contact = {
  id: "j",
  first_name: "Jane",
  last_name: "Doe",
  phone: "+16266958105",
  city: "Rome",
  custom_fields: { score: 7 },
};

export const ANSWER = parseJson(
  '{"identity":{"firstName":"Jose","city":"Paris","id":9007199254740993},"phones":[{"phone":"1"}]}',
);

/** A host that has it all at hand. The preview writes whatever is mapped. */
export function aSource(change: Partial<DataSource> = {}): DataSource {
  return {
    actions: async ({ text }) => ({
      actions: [WAIT, ENRICHMENT, BROKEN].filter((each) =>
        each.name.toLowerCase().includes(text.toLowerCase()),
      ),
      next_cursor: null,
    }),
    sample: async () => ANSWER as Json | undefined,
    customFields: async () => [{ name: "score", type: "number" }],
    findContacts: async () => [JANE],
    contact: async () => JANE,
    previewMapping: async (asked) => allWritten(asked),
    templates: async () => [
      { name: "Basic identity", mappings: [{ sourcePath: "identity.city", targetField: "city" }] },
    ],
    saveTemplate: vi.fn(async () => {}),
    ...change,
  };
}

export function allWritten({ fieldMappings, contactId }: PreviewAsked): MappingPreview {
  return {
    contactId,
    created: contactId === null,
    mappings: fieldMappings.map((mapping) => ({
      sourcePath: mapping.sourcePath,
      targetField: mapping.targetField,
      targetType: mapping.targetType ?? "user_field",
      outcome: "written",
      before: "old",
      after: "new",
      origin: { at: "2026-01-01T00:00:00Z", by: "ann" },
    })),
  };
}

export const within = (source: DataSource, part: ReactNode) =>
  render(<ConnectorsProvider source={source}>{part}</ConnectorsProvider>);
