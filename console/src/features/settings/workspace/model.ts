import type { WorkspaceChange, WorkspaceView } from "@/api/schema";

export interface WorkspaceForm {
  name: string;
  /** Empty: none. */
  region: string;
  retentionDays: number | null;
  requestsPerMinute: number | null;
  waitingCallers: number | null;
  /** One on each line. */
  origins: string;
}

export function formOf(view: WorkspaceView): WorkspaceForm {
  return {
    name: view.name,
    region: view.phone_region ?? "",
    retentionDays: view.retention_days,
    requestsPerMinute: view.requests_per_minute,
    waitingCallers: view.waiting_callers,
    origins: view.allowed_origins.join("\n"),
  };
}

/** The same form after what it was read from has changed, by whoever looks at it or by somebody else: what is touched in it
 * stays, but for spaces that the server has left away. */
export function rebased(form: WorkspaceForm, was: WorkspaceView, now: WorkspaceView): WorkspaceForm {
  const [before, after] = [formOf(was), formOf(now)];
  const touched = (Object.keys(form) as (keyof WorkspaceForm)[]).filter(
    (name) => form[name] !== before[name] && tidy(form[name]) !== after[name],
  );
  return { ...after, ...Object.fromEntries(touched.map((name) => [name, form[name]])) };
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const tidy = (value: string | number | null) => (typeof value === "string" ? lines(value).join("\n") : value);

/** What is different from what was read: what nobody has touched stays as somebody else may have made it. */
export function changeOf(form: WorkspaceForm, was: WorkspaceView): WorkspaceChange {
  const before = formOf(was);
  return {
    ...(form.name !== before.name ? { name: form.name } : {}),
    ...(form.region !== before.region ? { phone_region: form.region || null } : {}),
    ...changed("retention_days", form.retentionDays, before.retentionDays),
    ...changed("requests_per_minute", form.requestsPerMinute, before.requestsPerMinute),
    ...changed("waiting_callers", form.waitingCallers, before.waitingCallers),
    ...(lines(form.origins).join("\n") === before.origins ? {} : { allowed_origins: lines(form.origins) }),
  };
}

function changed(name: keyof WorkspaceChange, now: number | null, before: number | null): WorkspaceChange {
  return now === null || now === before ? {} : { [name]: now };
}

/** What has to be a number and is none, by the field. */
export function missing(form: WorkspaceForm): Record<string, string> {
  const told = "Enter a number";
  return {
    ...(form.retentionDays === null ? { retention_days: told } : {}),
    ...(form.requestsPerMinute === null ? { requests_per_minute: told } : {}),
    ...(form.waitingCallers === null ? { waiting_callers: told } : {}),
  };
}

const A = "A".charCodeAt(0);
const LETTERS = Array.from({ length: 26 }, (_, index) => String.fromCharCode(A + index));

/** Every country that this browser can name, by its name. */
export function regions(): { id: string; label: string }[] {
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const found = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).flatMap((id) => {
    const name = isNoCountry(id) ? undefined : names.of(id);
    return name ? [{ id, label: `${name} (${id})` }] : [];
  });
  return found.sort((one, other) => one.label.localeCompare(other.label, "en"));
}

/** Codes that stand for unions, or for no place at all. */
const isNoCountry = (id: string): boolean => ["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"].includes(id);
