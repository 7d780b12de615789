/** The fields that every contact has, as people call them. */
export const USER_FIELDS = [
  { name: "first_name", label: "First name" },
  { name: "last_name", label: "Last name" },
  { name: "email", label: "Email" },
  { name: "phone", label: "Phone" },
  { name: "alternate_phone", label: "Alternate phone" },
  { name: "company", label: "Company" },
  { name: "job_title", label: "Job title" },
  { name: "address", label: "Address" },
  { name: "address_2", label: "Address line 2" },
  { name: "city", label: "City" },
  { name: "state", label: "State" },
  { name: "zip_code", label: "ZIP code" },
  { name: "country", label: "Country" },
  { name: "website", label: "Website" },
  { name: "timezone", label: "Time zone" },
  { name: "language", label: "Language" },
  { name: "tags", label: "Tags" },
  { name: "notes", label: "Notes" },
] as const;

export type UserField = (typeof USER_FIELDS)[number]["name"];
export const EXTERNAL_ID = "external_id";

/** In the order of a contact's page. */
export const SECTIONS: readonly { title: string; fields: readonly UserField[] }[] = [
  {
    title: "Person",
    fields: [
      "first_name",
      "last_name",
      "company",
      "job_title",
      "email",
      "phone",
      "alternate_phone",
      "website",
    ],
  },
  { title: "Address", fields: ["address", "address_2", "city", "state", "zip_code", "country"] },
  { title: "More", fields: ["language", "timezone", "tags", "notes"] },
];

/** What a list can be filtered by as a whole value; tags have a filter of their own. */
const NOT_FILTERED: readonly string[] = ["address", "address_2", "notes", "tags"];
export const FILTERED_FIELDS: readonly string[] = [
  ...USER_FIELDS.map(({ name }) => name).filter((name) => !NOT_FILTERED.includes(name)),
  EXTERNAL_ID,
];

const CUSTOM = "custom_fields.";
/** How a custom field is named among the others: in columns, filters and files. */
export const customId = (name: string): string => CUSTOM + name;
/** null: a user field. */
export const customName = (id: string): string | null =>
  id.startsWith(CUSTOM) ? id.slice(CUSTOM.length) : null;

const LABELS = new Map<string, string>([
  ...USER_FIELDS.map(({ name, label }) => [name, label] as const),
  [EXTERNAL_ID, "External id"],
  ["id", "Contact id"],
]);

const ORDER = new Map<string, number>(SECTIONS.flatMap(({ fields }) => fields).map((id, at) => [id, at]));
const LAST = ORDER.size;

/** As the page of a contact has them; custom fields come last. */
export const byPlace = (one: string, other: string): number =>
  (ORDER.get(one) ?? LAST) - (ORDER.get(other) ?? LAST);

/** `labels`: of custom fields that have one. */
export function fieldLabel(id: string, labels: ReadonlyMap<string, string> = new Map()): string {
  const custom = customName(id);
  return custom === null ? (LABELS.get(id) ?? id) : (labels.get(custom) ?? custom);
}
