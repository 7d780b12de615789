export type View = "canvas" | "list";
export type FlowStatus = "on" | "off";

export interface FlowsSearch {
  q?: string;
  status?: FlowStatus;
}

/** What a flow's page shows, as its address says it. `add`: a connector that is to be placed. `step`: whose settings are
 * open. `run`: which run is shown; `panel`: runs are; `contact`: whom the next one is for. */
export interface FlowSearch {
  view?: View;
  add?: string;
  step?: string;
  run?: string;
  panel?: "run";
  contact?: string;
  /** Of a new flow. */
  name?: string;
}

const text = (given: unknown): string | undefined =>
  typeof given === "string" && given !== "" && given.length <= 200 ? given : undefined;

export function flowsSearch({ q, status }: Record<string, unknown>): FlowsSearch {
  return {
    ...(text(q) ? { q: text(q) as string } : {}),
    ...(status === "on" || status === "off" ? { status } : {}),
  };
}

export function flowSearch(given: Record<string, unknown>): FlowSearch {
  const { view, panel } = given;
  const found: FlowSearch = {};
  if (view === "canvas" || view === "list") found.view = view;
  if (panel === "run") found.panel = panel;
  for (const name of ["add", "step", "run", "contact", "name"] as const) {
    const value = text(given[name]);
    if (value) found[name] = value;
  }
  return found;
}
