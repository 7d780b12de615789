import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { type ApiError, ask } from "@/api/client";
import type { NoticePage, NoticeView } from "@/api/schema";
import { isUnread } from "./model";

const SHOWN = 30;
const LOOKS_EVERY_MS = 60_000;

export const noticesQuery = queryOptions({
  queryKey: ["notices"],
  queryFn: async ({ signal }) =>
    (await ask<NoticePage>("/api/notices", { query: { limit: SHOWN }, signal })).body,
  refetchInterval: LOOKS_EVERY_MS,
});

/** One, or all that are open and were opened until the newest that is shown. */
export type Reading = NoticeView | { until: string };

/** For everybody in the workspace: what one has read nobody has to read again. */
export function useReading() {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, Reading>({
    mutationFn: async (read) => {
      if ("until" in read)
        await ask("/api/notices/read", { method: "POST", body: { opened_until: read.until } });
      else if (isUnread(read)) await ask(`/api/notices/${read.id}/read`, { method: "POST" });
    },
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: noticesQuery.queryKey }),
  });
}
