import { useMutation } from "@tanstack/react-query";
import { MenuItem, MoreMenu } from "@ui/Menu";
import { toast } from "@ui/Toast";
import { Download } from "lucide-react";
import { type ApiError, fetchFile } from "@/api/client";
import { saveFile } from "@/api/files";
import { exportPath } from "./queries";
import { asked, type Filters, type Source } from "./search";

/** All entries that the filters lead to, as a file. */
export function ExportMenu({ source, filters }: { source: Source; filters: Filters }) {
  const exporting = useMutation<unknown, ApiError, string>({
    mutationFn: async (format) => {
      const file = await fetchFile(exportPath(source), { query: { ...asked(filters, new Date()), format } });
      saveFile(file, `audit-${source}.${format}`);
    },
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
  });
  return (
    <MoreMenu
      label="Export"
      icon={<Download size={16} />}
      onAction={(format) => !exporting.isPending && exporting.mutate(format)}
    >
      <MenuItem id="csv" textValue="CSV, for a spreadsheet">
        CSV, for a spreadsheet
      </MenuItem>
      <MenuItem id="ndjson" textValue="NDJSON, a line of JSON for each entry">
        NDJSON, a line of JSON for each entry
      </MenuItem>
    </MoreMenu>
  );
}
