import { useWatch } from "react-hook-form";
import { categoryOptions } from "@/features/connectors/model";
import { FormSelect, FormText } from "../components/form";
import { IconPicker } from "../components/IconPicker";
import { Section } from "../components/Section";
import type { Values } from "../values";

export default function BasicInfoStep() {
  const category = useWatch<Values, "category">({ name: "category" });
  return (
    <Section title="Basic information" hint="How people find it on the dashboard and in the action picker.">
      <FormText
        name="name"
        label="Connector name"
        isRequired
        maxLength={200}
        placeholder="Phone Number Enrichment"
      />
      <FormText
        name="description"
        label="Description"
        rows={3}
        maxLength={5000}
        placeholder="Enrich phone numbers with identity and demographic data"
      />
      <IconPicker />
      <FormSelect name="category" label="Category" options={categoryOptions([category])} />
    </Section>
  );
}
