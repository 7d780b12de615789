import { jsonText } from "@json/exact";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { ProblemNote } from "@ui/States";
import { toast } from "@ui/Toast";
import { type FormEvent, useRef, useState } from "react";
import type { Answer, ApiError } from "@/api/client";
import type { Contact, FieldShape } from "@/api/mapper";
import { customId, customName, EXTERNAL_ID, fieldLabel, SECTIONS } from "@/features/contact-fields/fields";
import { fieldsQuery } from "@/features/contact-fields/queries";
import { Only } from "@/features/session/Only";
import one from "./Contact.module.css";
import styles from "./Contacts.module.css";
import { ValueInput } from "./components/ValueInput";
import { kindOf, nameOf, pointerOf, typed } from "./model";
import { createContact } from "./queries";

export default function NewContactPage() {
  return (
    <Only scope="contacts:edit" isPage>
      <div className={styles.page}>
        <Crumbs>
          <Link to="/tools/contacts">Contacts</Link>
        </Crumbs>
        <h1>New contact</h1>
        <Form />
      </div>
    </Only>
  );
}

function Form() {
  const { data: fields = [] } = useQuery(fieldsQuery);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const creating = useCreating();
  const set = (id: string, text: string) => {
    setTexts({ ...texts, [id]: text });
    setWrong(({ [id]: _was, ...rest }) => rest);
    if (creating.isError) creating.reset();
  };
  const refused = (id: string) =>
    creating.error?.errors.find(({ pointer }) => pointer === pointerOf(id))?.detail;
  const input = (id: string, field?: FieldShape) => (
    <ValueInput
      key={id}
      label={field ? (field.label ?? field.name) : fieldLabel(id)}
      labelShown
      isFirst={id === "first_name"}
      kind={kindOf(id, field)}
      field={field}
      value={texts[id] ?? ""}
      onChange={(text) => set(id, text)}
      error={wrong[id] ?? refused(id)}
    />
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { body, problems } = bodyOf(texts, fields);
    setWrong(problems);
    if (Object.keys(problems).length === 0) creating.mutate(body);
  };
  const own = fields.filter(({ deleting }) => !deleting);
  return (
    <form onSubmit={submit} className={one.values}>
      {SECTIONS.map(({ title, fields: names }) => (
        <FormSection key={title} title={title}>
          {names.map((id) => input(id))}
        </FormSection>
      ))}
      <FormSection title="Other systems">{input(EXTERNAL_ID)}</FormSection>
      {own.length > 0 && (
        <FormSection title="Custom fields">
          {own.map((field) => input(customId(field.name), field))}
        </FormSection>
      )}
      {creating.error && creating.error.errors.length === 0 && (
        <ProblemNote {...creating.error} detail={creating.error.detail} />
      )}
      <div className={styles.pageActions}>
        <Link to="/tools/contacts" className={buttonClass("quiet")}>
          Cancel
        </Link>
        <Button type="submit" variant="primary" isPending={creating.isPending}>
          Create contact
        </Button>
      </div>
    </form>
  );
}

function FormSection({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className={styles.panel} aria-label={title}>
      <h2 className={one.sectionTitle}>{title}</h2>
      <div className={one.inputs}>{children}</div>
    </section>
  );
}

/** What is typed, and what of it cannot be sent, by field. */
function bodyOf(texts: Record<string, string>, fields: readonly FieldShape[]) {
  const body: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const [id, text] of Object.entries(texts)) {
    const name = customName(id);
    const { value, problem } = typed(
      text,
      kindOf(
        id,
        fields.find((field) => field.name === name),
      ),
    );
    if (problem) problems[id] = problem;
    else if (value !== null && name !== null) custom[name] = value;
    else if (value !== null) body[id] = value;
  }
  return { body: { ...body, custom_fields: custom }, problems };
}

function useCreating() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const key = useRef<{ body: string; key: string } | null>(null);
  return useMutation<Answer<Contact>, ApiError, Record<string, unknown>>({
    mutationFn: (body) => {
      // The same body that is sent again after an answer that was lost makes one contact.
      const told = jsonText(body);
      if (key.current?.body !== told) key.current = { body: told, key: crypto.randomUUID() };
      return createContact(body, key.current.key);
    },
    onSuccess: ({ body }) => {
      client.invalidateQueries({ queryKey: ["contacts"] });
      toast({ text: `${nameOf(body)} is there` });
      return navigate({ to: "/tools/contacts/$id", params: { id: body.id } });
    },
  });
}
