import { jsonText } from "@json/exact";
import type { Values } from "./values";

const PARTS: Partial<Record<keyof Values, string>> = {
  name: "name",
  description: "description",
  icon: "icon",
  category: "category",
  method: "method",
  url: "URL",
  query: "query parameters",
  headers: "headers",
  bodyType: "kind of body",
  bodyJson: "body",
  bodyForm: "form fields",
  bodyRaw: "raw body",
  inputs: "inputs",
  authType: "authentication",
  authFields: "fields of the authentication",
  credentialId: "credential",
  transform: "transformation",
  timeout: "timeout",
  retries: "retries",
  maxPerMinute: "rate limit",
  maxConcurrent: "calls at the same time",
  windows: "further rate limits",
  weight: "what a call costs",
  share: "who spends from the limits",
  maxInFlight: "calls in each executor",
  totalTimeout: "timeout of all tries",
  retryDelay: "retry delay",
  idempotencyHeader: "idempotency header",
  statusPolicies: "what a status means",
  waiting: "what may wait",
  allowedHosts: "allowed hosts",
  outputSchema: "output schema",
};

/** Parts of the form that differ, in words. */
export function differences(theirs: Values, mine: Values): string[] {
  const names = Object.keys(PARTS) as (keyof Values)[];
  return names
    .filter((name) => jsonText(theirs[name]) !== jsonText(mine[name]))
    .map((name) => PARTS[name] ?? name);
}
