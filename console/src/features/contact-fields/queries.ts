import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { FieldShape } from "@/api/mapper";

/** What the workspace has defined. */
export const fieldsQuery = queryOptions({
  queryKey: ["contact-fields"],
  queryFn: async ({ signal }) => (await ask<FieldShape[]>("/api/contact-fields", { signal })).body,
  staleTime: 60_000,
});
