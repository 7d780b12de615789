import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Answer, ask, fetchFile } from "@/api/client";
import { saveFile } from "@/api/files";
import type { CheckedImport, ContactImport, ImportErrors, ImportPage, ImportPlan } from "@/api/mapper";
import { isRunning } from "./model";

const LOOK_MS = 1_500;
const PAGE = 20;
const ERRORS = 100;

export const importsQuery = infiniteQueryOptions({
  queryKey: ["contact-imports"],
  queryFn: async ({ pageParam, signal }) =>
    (await ask<ImportPage>("/api/contact-imports", { query: { limit: PAGE, cursor: pageParam }, signal }))
      .body,
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor ?? null,
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.imports.some(({ status }) => isRunning(status)))
      ? LOOK_MS * 2
      : false,
});

/** It is looked at again while something is done to it. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["contact-import", id],
    queryFn: async ({ signal }) => (await ask<CheckedImport>(`/api/contact-imports/${id}`, { signal })).body,
    refetchInterval: ({ state }) => (state.data && isRunning(state.data.status) ? LOOK_MS : false),
    staleTime: 0,
  });

export const errorsQuery = (id: string, run: string) =>
  infiniteQueryOptions({
    queryKey: ["contact-import", id, "errors", run],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: ERRORS, cursor: pageParam };
      return (await ask<ImportErrors>(`/api/contact-imports/${id}/errors`, { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
  });

export interface Upload {
  file: Blob;
  name: string;
  encoding: string | null;
  signal: AbortSignal;
}

export async function upload({ file, name, encoding, signal }: Upload): Promise<ContactImport> {
  // What a system says of its files is often wrong; what the server finds in it counts.
  const type = file.type === "text/tab-separated-values" ? file.type : "text/csv";
  const query = { file_name: name.slice(0, 200), encoding };
  const sent = file.slice(0, file.size, type);
  return (await ask<ContactImport>("/api/contact-imports", { method: "POST", file: sent, query, signal }))
    .body;
}

export const run = (id: string, what: "check" | "start", plan: ImportPlan): Promise<Answer<ContactImport>> =>
  ask<ContactImport>(`/api/contact-imports/${id}/${what}`, { method: "POST", body: plan });

export const cancel = (id: string): Promise<Answer<ContactImport>> =>
  ask<ContactImport>(`/api/contact-imports/${id}/cancel`, { method: "POST" });

export async function saveErrors(id: string): Promise<void> {
  saveFile(await fetchFile(`/api/contact-imports/${id}/errors.csv`), "errors.csv");
}
