import { pointerParts } from "@json/paths";
import type { ApiError } from "@/api/client";

export interface Told {
  /** What is said of each field, by its name. */
  fields: Record<string, string>;
  /** What is said of the whole, or of a field that the form does not have; null: nothing. */
  whole: { title: string; detail: string; traceId: string | null } | null;
}

/** What a refusal says, each part where it belongs. `names`: the fields that the form has. */
export function toldOf(error: ApiError | null, names: readonly string[]): Told {
  if (!error) return { fields: {}, whole: null };
  const fields: Record<string, string> = {};
  const others: string[] = [];
  for (const { pointer, detail } of error.errors) {
    const [name = ""] = pointerParts(pointer);
    if (names.includes(name)) fields[name] ??= detail;
    else others.push(name ? `${name} ${detail}` : detail);
  }
  const isElsewhere = error.errors.length === 0 || others.length > 0;
  const detail = others.length > 0 ? others.join("; ") : error.detail;
  return { fields, whole: isElsewhere ? { title: error.title, detail, traceId: error.traceId } : null };
}
