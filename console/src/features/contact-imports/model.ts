import type {
  ColumnPlan,
  ColumnTarget,
  ContactImport,
  FieldShape,
  ImportColumn,
  ImportCounts,
  ImportPlan,
  Status,
} from "@/api/mapper";
import { customId, customName, EXTERNAL_ID, fieldLabel, USER_FIELDS } from "@/features/contact-fields/fields";

/** The column goes nowhere. */
export const LEFT_OUT = "@left-out";
/** The column makes a custom field of its own name. */
export const NEW_FIELD = "@new-field";

/** What somebody has chosen; a column's target by its place. */
export interface Choices {
  targets: Record<number, string>;
  matchBy: "email-phone" | "phone-email" | "email" | "phone" | "none";
  create: boolean;
  update: boolean;
  overwrite: boolean;
}

export const MATCHES: readonly { id: Choices["matchBy"]; label: string }[] = [
  { id: "email-phone", label: "Email, then phone" },
  { id: "phone-email", label: "Phone, then email" },
  { id: "email", label: "Email only" },
  { id: "phone", label: "Phone only" },
  { id: "none", label: "Nothing: ids alone" },
];

export const targetId = ({ target_field, target_type }: ColumnTarget): string =>
  target_type === "custom_field" ? customId(target_field) : target_field;

/** As the server suggests by the column's name, else by what its first cells look like; each target once. */
export function firstChoices(found: ContactImport): Choices {
  return found.plan
    ? choicesOf(found.plan, found.columns)
    : { ...USUAL, targets: suggestions(found.columns) };
}

const USUAL: Omit<Choices, "targets"> = {
  matchBy: "email-phone",
  create: true,
  update: true,
  overwrite: true,
};

function suggestions(columns: readonly ImportColumn[]): Record<number, string> {
  const named = columns.flatMap(({ suggestion }) => (suggestion ? [targetId(suggestion)] : []));
  const taken = new Set(named);
  const targets: Record<number, string> = {};
  for (const { column, suggestion, samples } of columns) {
    const seen = suggestion ? targetId(suggestion) : lookedLike(samples);
    if (seen === null || (!suggestion && taken.has(seen))) targets[column] = LEFT_OUT;
    else targets[column] = seen;
    if (seen) taken.add(seen);
  }
  return targets;
}

/** What all cells that hold something look like; null: like nothing in particular. */
export function lookedLike(samples: readonly string[]): string | null {
  const cells = samples.map((cell) => cell.trim()).filter(Boolean);
  if (cells.length === 0) return null;
  if (cells.every(isEmail)) return "email";
  if (cells.every((cell) => cell.startsWith("http://") || cell.startsWith("https://"))) return "website";
  return cells.every(isPhone) ? "phone" : null;
}

function isEmail(cell: string): boolean {
  const [name, domain, ...more] = cell.split("@");
  return Boolean(name && domain?.includes(".") && more.length === 0 && !cell.includes(" "));
}

const PHONE = /^\+?[0-9 ()./-]{7,20}$/;
const isPhone = (cell: string): boolean => PHONE.test(cell) && (cell.startsWith("+") || /[ ()-]/.test(cell));

function choicesOf(plan: ImportPlan, columns: readonly ImportColumn[]): Choices {
  const targets: Record<number, string> = Object.fromEntries(columns.map(({ column }) => [column, LEFT_OUT]));
  for (const column of plan.columns) targets[column.column] = targetId(column);
  const by = (plan.match_by ?? []).join("-") || "none";
  const matchBy = MATCHES.find(({ id }) => id === by)?.id ?? USUAL.matchBy;
  return {
    targets,
    matchBy,
    create: plan.create_if_not_exists ?? true,
    update: plan.update_existing ?? true,
    overwrite: plan.overwrite_existing ?? true,
  };
}

export function planOf(choices: Choices, columns: readonly ImportColumn[]): ImportPlan {
  const planned = columns.flatMap(({ column, name }): ColumnPlan[] => {
    const target = choices.targets[column] ?? LEFT_OUT;
    if (target === LEFT_OUT) return [];
    const custom = target === NEW_FIELD ? name : customName(target);
    return custom === null
      ? [{ column, target_type: "user_field", target_field: target }]
      : [{ column, target_type: "custom_field", target_field: custom }];
  });
  return {
    columns: planned,
    match_by: choices.matchBy === "none" ? [] : (choices.matchBy.split("-") as ("email" | "phone")[]),
    create_if_not_exists: choices.create,
    update_existing: choices.update,
    overwrite_existing: choices.overwrite,
  };
}

/** Whether what was checked is what would be started. */
export function isSamePlan(one: ImportPlan | null, other: ImportPlan): boolean {
  return one !== null && told(one) === told(other);
}

function told(plan: ImportPlan): string {
  const columns = plan.columns.map((column) => [column.column, targetId(column)] as const);
  const {
    match_by = [],
    create_if_not_exists = true,
    update_existing = true,
    overwrite_existing = true,
  } = plan;
  const ordered = columns.sort(([one], [other]) => one - other);
  return JSON.stringify([ordered, match_by, create_if_not_exists, update_existing, overwrite_existing]);
}

/** What keeps the choices from being sent, by column; what is wrong with all of them has no column. */
export function problemsOf(choices: Choices, columns: readonly ImportColumn[]): Map<number | null, string> {
  const problems = new Map<number | null, string>();
  const taken = new Map<string, string>();
  for (const { column, name } of columns) {
    const chosen = choices.targets[column] ?? LEFT_OUT;
    if (chosen === LEFT_OUT) continue;
    const target = chosen === NEW_FIELD ? customId(name) : chosen;
    const other = taken.get(target);
    if (other !== undefined) problems.set(column, `${other || "Another column"} goes there already.`);
    taken.set(target, name);
  }
  if (taken.size === 0) problems.set(null, "Choose where at least one column goes.");
  else if (!choices.create && !choices.update)
    problems.set(null, "With neither new nor known contacts, nothing is imported.");
  return problems;
}

/** Where a column may go. */
export function targetOptions(
  fields: readonly FieldShape[],
  name: string,
): { id: string; label: string; hint?: string }[] {
  const known = fields.filter(({ deleting }) => !deleting);
  const user = [...USER_FIELDS.map((field) => field.name), EXTERNAL_ID, "id"];
  const isNew = name !== "" && !known.some((field) => field.name === name);
  return [
    { id: LEFT_OUT, label: "Leave out" },
    ...user.map((id) => ({ id, label: fieldLabel(id) })),
    ...known.map((field) => ({
      id: customId(field.name),
      label: field.label ?? field.name,
      hint: "Custom field",
    })),
    ...(isNew ? [{ id: NEW_FIELD, label: `New custom field “${name}”` }] : []),
  ];
}

export const isRunning = (status: Status): boolean => status === "checking" || status === "importing";
export const isOpen = (status: Status): boolean => status === "uploaded" || status === "checked";

export type Tone = "success" | "neutral" | "info" | "waiting";
const STATES: Record<Status, { word: string; tone: Tone }> = {
  uploading: { word: "Uploading", tone: "waiting" },
  uploaded: { word: "Not started", tone: "neutral" },
  checking: { word: "Checking", tone: "info" },
  checked: { word: "Checked", tone: "neutral" },
  importing: { word: "Importing", tone: "info" },
  done: { word: "Done", tone: "success" },
  cancelled: { word: "Cancelled", tone: "neutral" },
};
export const stateOf = (status: Status) => STATES[status];

export const count = (many: number, one: string, more: string): string =>
  many === 1 ? `1 ${one}` : `${many.toLocaleString("en")} ${more}`;

/** What rows have come to, or would; nothing is said of what did not happen. */
export function outcome(
  counts: ImportCounts,
  isCheck: boolean,
): { id: string; many: number; word: string }[] {
  const would = isCheck ? "would be " : "";
  const told = [
    { id: "created", many: counts.created, word: `${would}created` },
    { id: "updated", many: counts.updated, word: `${would}updated` },
    { id: "unchanged", many: counts.unchanged, word: "are there already as they are in the file" },
    { id: "skipped", many: counts.skipped, word: "left alone by the options, or with nothing to write" },
    {
      id: "refused",
      many: counts.refused,
      word: isCheck ? "with a wrong cell: left out" : "left out for a wrong cell",
    },
  ];
  return told.filter(({ many }) => many > 0);
}

/** The text of a file that somebody pasted: with tabs from a spreadsheet, as it is otherwise. */
export function pastedFile(text: string): { file: Blob; name: string } {
  const [first = ""] = text.split("\n", 1);
  const type = first.includes("\t") ? "text/tab-separated-values" : "text/csv";
  return { file: new Blob([text], { type }), name: "Pasted rows" };
}
