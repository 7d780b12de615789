import type { AuthKindView } from "@/api/schema";
import { STEPS } from "./step-ids";
import type { Told } from "./steps";

const FIELDS: Record<string, string> = {
  name: "Connector name",
  description: "Description",
  icon: "Icon",
  category: "Category",
  method: "HTTP method",
  url: "URL",
  allowedHosts: "Allowed hosts",
  body: "Request body",
  credentialId: "Credential",
  authType: "Auth type",
  transform: "Response transformation",
  timeout: "Timeout",
  totalTimeout: "Timeout of all tries together",
  retries: "Retry attempts",
  retryDelay: "Retry delay",
  idempotencyHeader: "Idempotency header",
  maxPerMinute: "Max requests per minute",
  maxConcurrent: "Calls at the same time",
  waiting: "Waiting",
};
const ROWS: Record<string, string> = {
  query: "Query parameter",
  headers: "Header",
  inputs: "Input",
  bodyForm: "Form field",
  statusPolicies: "Status",
  windows: "Limit",
};

/** What a place is called where it stands in the wizard: "Client secret", "Query parameter 2"; else its step. */
export function placeWords({ field, step }: Told, kind: AuthKindView | undefined): string {
  const [top = "", part = ""] = field?.split(".") ?? [];
  if (top === "authFields") return kind?.fields.find(({ name }) => name === part)?.title ?? part;
  const row = ROWS[top];
  if (row) return part === "" ? `${row}s` : `${row} ${Number(part) + 1}`;
  return FIELDS[top] ?? STEPS.find(({ id }) => id === step)?.title ?? step;
}
