import type { ExecutionLine, ExecutionView } from "@/api/schema";

const NOON = "2026-03-10T12:00:00Z";

/** For tests: a success, with these fields instead. */
export const aLine = (fields: Partial<ExecutionLine> = {}): ExecutionLine => ({
  id: "e-1",
  connector_id: "33333333-3333-4333-8333-333333333333",
  connector_version: 1,
  flow_id: null,
  flow_run_id: null,
  step_id: null,
  contact_id: null,
  status: "success",
  error_type: null,
  error_message: null,
  http_status: 200,
  trigger: "flow",
  lane: "normal",
  execution_time_ms: 120,
  attempt_count: 1,
  requested_at: NOON,
  started_at: NOON,
  executed_at: NOON,
  ...fields,
});

export const aView = (fields: Partial<ExecutionView> = {}): ExecutionView => ({
  ...aLine(),
  retryable: null,
  cut: [],
  recorded_at: NOON,
  mappings: [],
  ...fields,
});
