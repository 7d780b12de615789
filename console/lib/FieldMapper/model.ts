import type { Choice, ChoiceGroup } from "@ui/ComboBox";
import type { Tone } from "@ui/States";
import type {
  CustomField,
  FieldMapping,
  MappingOutcome,
  MappingPreview,
  PreviewLine,
  TargetType,
} from "../data-source";
import { fieldLabel, reasonWords, shownValue, targetLabel, USER_FIELDS } from "../fields";
import type { SourceField } from "./paths";

/** What a mapping is without saying so. */
export const USUAL = {
  targetType: "user_field",
  several: "auto",
  separator: ", ",
  onError: "skip",
  clear: "never",
  tags: "replace",
} as const satisfies Partial<FieldMapping>;

/** With a change, and without what says nothing. */
export function changed(mapping: FieldMapping, change: Partial<FieldMapping>): FieldMapping {
  const made: Record<string, unknown> = { ...mapping, ...change };
  for (const [name, usual] of Object.entries(USUAL)) {
    if (made[name] === usual && name !== "targetType") delete made[name];
  }
  const reading = Object.entries((made.reading as object | null) ?? {}).filter(
    ([name, value]) => value !== null && value !== "" && !(name === "trim" && value === true),
  );
  if (reading.length > 0) made.reading = Object.fromEntries(reading);
  else delete made.reading;
  if (made.default === undefined || made.default === null || made.default === "") delete made.default;
  if (made.several !== "join") delete made.separator;
  return made as unknown as FieldMapping;
}

export const targetId = (mapping: Pick<FieldMapping, "targetField" | "targetType">) =>
  mapping.targetField === "" ? null : `${mapping.targetType ?? "user_field"}:${mapping.targetField}`;

export function targetOf(id: string): { targetField: string; targetType: TargetType } {
  const at = id.indexOf(":");
  return { targetType: id.slice(0, at) as TargetType, targetField: id.slice(at + 1) };
}

const MOST_NAME = 200;

/** Fields that match a text, and the one that it would be the name of. */
export function targetGroups(text: string, customFields: readonly CustomField[]): ChoiceGroup[] {
  const typed = text.trim();
  const wanted = typed.toLowerCase();
  const user = USER_FIELDS.map((name) => ({ id: `user_field:${name}`, label: fieldLabel(name), hint: name }));
  const custom = customFields.map((field) => ({
    id: `custom_field:${field.name}`,
    label: field.name,
    hint: field.type,
  }));
  const isMatch = (choice: Choice) =>
    choice.label.toLowerCase().includes(wanted) || targetOf(choice.id).targetField.includes(wanted);
  const isThere = [...user, ...custom].some(
    (choice) => choice.label.toLowerCase() === wanted || choice.hint === wanted,
  );
  const isName = typed !== "" && typed.length <= MOST_NAME && !isThere;
  const made = { id: `custom_field:${typed}`, label: typed, hint: "A new custom field of this name" };
  return [
    { id: "user", label: "User fields", choices: user.filter(isMatch) },
    { id: "custom", label: "Custom fields", choices: custom.filter(isMatch) },
    { id: "new", label: "New field", choices: isName ? [made] : [] },
  ];
}

const MOST_OFFERED = 100;

export function sourceGroups(text: string, fields: readonly SourceField[]): ChoiceGroup[] {
  const wanted = text.trim().toLowerCase();
  const found = fields.filter((field) => field.path.toLowerCase().includes(wanted)).slice(0, MOST_OFFERED);
  const choices = found.map((field) => ({
    id: field.path,
    label: field.path,
    hint: field.value === undefined ? field.type : shownValue(field.value),
  }));
  return [{ id: "fields", choices }];
}

const WORDS: Record<MappingOutcome, { word: string; tone: Tone }> = {
  written: { word: "Written", tone: "success" },
  unchanged: { word: "Unchanged", tone: "neutral" },
  skipped: { word: "Skipped", tone: "warning" },
  refused: { word: "Refused", tone: "danger" },
};

export const outcomeWord = (outcome: MappingOutcome) => WORDS[outcome];

/** Why a line is not written, to people. */
export function whyNot(line: PreviewLine): string | null {
  if (line.outcome === "written" || line.outcome === "unchanged") return line.remark ?? null;
  return reasonWords(line);
}

/** Why nothing at all would be written. Its lines say the same, and by which reason. */
export function whyNothing({ reason, mappings }: MappingPreview): string | null {
  if (!reason) return null;
  const same = mappings.find((line) => line.detail === reason);
  return reasonWords({ reason: same?.reason ?? null, detail: reason });
}

/** "3 written, 1 refused" of what would happen to somebody. */
export function summary(preview: MappingPreview): string {
  const counts = (["written", "unchanged", "skipped", "refused"] as const)
    .map((outcome) => [preview.mappings.filter((line) => line.outcome === outcome).length, outcome] as const)
    .filter(([count]) => count > 0)
    .map(([count, outcome]) => `${count} ${outcome}`);
  return counts.join(", ");
}

/** What is folded away of a mapping, in a few words; empty: it is as usual. */
export function termsPhrase(mapping: FieldMapping): string {
  const told: string[] = [];
  if (mapping.default !== undefined && mapping.default !== null)
    told.push(`else “${shownValue(mapping.default)}”`);
  if (mapping.several && mapping.several !== "auto") told.push(SEVERAL[mapping.several] ?? mapping.several);
  if (mapping.tags === "add") told.push("added to the tags that are there");
  if (mapping.reading?.format) told.push(`dates as ${mapping.reading.format}`);
  if (mapping.reading?.locale) told.push(`numbers as in ${mapping.reading.locale}`);
  if (mapping.reading?.region) told.push(`phones of ${mapping.reading.region}`);
  if (mapping.clear && mapping.clear !== "never") told.push("emptied when there is nothing");
  if (mapping.onError === "fail") told.push("must be written, or nothing is");
  if (mapping.onError === "deadLetter") told.push("set aside when it cannot be written");
  return told.join(" · ");
}

const SEVERAL: Record<string, string> = {
  first: "the first of several",
  last: "the last of several",
  list: "all as a list",
  join: "all in one text",
  count: "how many there are",
  fail: "only one allowed",
};

/** "identity.firstName → First name". */
export const mappingPhrase = (mapping: Pick<FieldMapping, "sourcePath" | "targetField" | "targetType">) =>
  `${mapping.sourcePath || "nothing yet"} → ${targetLabel(mapping.targetField, mapping.targetType) || "no field yet"}`;

/** Those that can be tried: both sides are there. */
export const whole = (mapping: FieldMapping) =>
  mapping.sourcePath.trim() !== "" && mapping.targetField !== "";

/** Of more mappings those whose field is not mapped yet; one without a field waits for its own. */
export function fresh(mappings: readonly FieldMapping[], more: readonly FieldMapping[]): FieldMapping[] {
  const used = new Set(mappings.map(targetId));
  return more.filter((each) => targetId(each) === null || !used.has(targetId(each)));
}

/** With them, and without rows that say nothing. */
export function added(mappings: readonly FieldMapping[], more: readonly FieldMapping[]): FieldMapping[] {
  return [
    ...mappings.filter((each) => each.sourcePath !== "" || each.targetField !== ""),
    ...fresh(mappings, more),
  ];
}
