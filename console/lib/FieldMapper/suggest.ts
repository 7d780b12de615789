import { stepsOf } from "@json/paths";
import type { CustomField, FieldMapping, TargetType } from "../data-source";
import { USER_FIELDS } from "../fields";
import type { SourceField } from "./paths";

/** What APIs call the fields of a contact, without signs between words. */
const CALLED: Readonly<Record<string, string>> = {
  firstname: "first_name",
  givenname: "first_name",
  forename: "first_name",
  fname: "first_name",
  lastname: "last_name",
  familyname: "last_name",
  surname: "last_name",
  lname: "last_name",
  email: "email",
  emailaddress: "email",
  mail: "email",
  primaryemail: "email",
  phone: "phone",
  phonenumber: "phone",
  mobile: "phone",
  mobilephone: "phone",
  cell: "phone",
  primaryphone: "phone",
  telephone: "phone",
  alternatephone: "alternate_phone",
  secondaryphone: "alternate_phone",
  address: "address",
  street: "address",
  streetaddress: "address",
  addressline1: "address",
  address1: "address",
  addressline2: "address_2",
  address2: "address_2",
  city: "city",
  town: "city",
  locality: "city",
  state: "state",
  region: "state",
  province: "state",
  zip: "zip_code",
  zipcode: "zip_code",
  postalcode: "zip_code",
  postcode: "zip_code",
  country: "country",
  countrycode: "country",
  company: "company",
  companyname: "company",
  organization: "company",
  organisation: "company",
  employer: "company",
  jobtitle: "job_title",
  position: "job_title",
  website: "website",
  domain: "website",
  homepage: "website",
  timezone: "timezone",
  language: "language",
  locale: "language",
  tags: "tags",
  notes: "notes",
};

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** What a value is called: the last name on the way to it. */
const lastName = (path: string) =>
  plain(String((stepsOf(path) ?? []).findLast((step) => typeof step === "string") ?? ""));

export interface Suggestion {
  sourcePath: string;
  targetField: string;
  targetType: TargetType;
}

/** By what the fields of the response are called; of two for one field the shallower. Those in use are left out. */
export function suggestions(
  fields: readonly SourceField[],
  customFields: readonly CustomField[],
  mappings: readonly FieldMapping[],
): Suggestion[] {
  const custom = new Map(customFields.map((field) => [plain(field.name), field.name]));
  const used = new Set(mappings.map((mapping) => key(mapping)));
  const taken = new Set(mappings.map((mapping) => mapping.sourcePath));
  const found: Suggestion[] = [];
  for (const field of [...fields].sort((one, other) => depth(one.path) - depth(other.path))) {
    if (field.type === "object" || field.type === "null" || taken.has(field.path)) continue;
    const made = suggested(field.path, custom);
    if (!made || used.has(key(made)) || (field.type === "list" && made.targetField !== "tags")) continue;
    used.add(key(made));
    found.push(made);
  }
  const order = new Map(fields.map((field, place) => [field.path, place]));
  return found.sort((one, other) => (order.get(one.sourcePath) ?? 0) - (order.get(other.sourcePath) ?? 0));
}

/** Where a field of the response probably goes. */
export function suggested(path: string, custom: ReadonlyMap<string, string>): Suggestion | null {
  const name = lastName(path);
  const own = custom.get(name);
  if (own !== undefined) return { sourcePath: path, targetField: own, targetType: "custom_field" };
  const user = CALLED[name] ?? USER_FIELDS.find((field) => plain(field) === name);
  return user === undefined ? null : { sourcePath: path, targetField: user, targetType: "user_field" };
}

export const customByName = (fields: readonly CustomField[]) =>
  new Map(fields.map((field) => [plain(field.name), field.name]));

const depth = (path: string) => path.split(/[.[]/).length;
const key = (one: { targetField: string; targetType?: TargetType }) =>
  `${one.targetType ?? "user_field"}:${one.targetField}`;
