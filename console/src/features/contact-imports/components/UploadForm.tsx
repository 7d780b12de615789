import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { FileDrop } from "@ui/FileDrop";
import { Progress } from "@ui/Progress";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { toast } from "@ui/Toast";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import type { ContactImport } from "@/api/mapper";
import { bytes } from "@/app/time";
import styles from "../Imports.module.css";
import { pastedFile } from "../model";
import { upload } from "../queries";

const MOST_BYTES = 100 * 1024 * 1024;
const FOUND_OUT = "auto";
const WAYS = [
  { id: "file", label: "File" },
  { id: "paste", label: "Paste" },
] as const;
const ENCODINGS = [
  { id: FOUND_OUT, label: "Encoding: automatic", hint: "UTF-8, or UTF-16 by its mark" },
  { id: "utf-8", label: "UTF-8" },
  { id: "windows-1252", label: "Windows-1252", hint: "Older Excel: when names come out broken" },
  { id: "utf-16", label: "UTF-16" },
];

export function UploadForm() {
  const [way, setWay] = useState<"file" | "paste">("file");
  const [encoding, setEncoding] = useState(FOUND_OUT);
  const sending = useUpload();
  const { file, send } = sending;
  if (file) {
    return (
      <div className={styles.sending}>
        <Progress label={`Uploading ${file.name}`} done={0} all={0} told={bytes(file.size)} />
        <Button size="small" onPress={sending.stop}>
          Cancel
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.part}>
      <div className={styles.bar}>
        <Segments label="Where the rows come from" options={WAYS} value={way} onChange={setWay} />
        {way === "file" && (
          <Select
            label="Characters"
            labelHidden
            options={ENCODINGS}
            value={encoding}
            onChange={setEncoding}
          />
        )}
      </div>
      {way === "file" ? (
        <FileDrop
          label="Drop a CSV file here"
          hint="The first line names the columns. At most 100 MiB and a million rows; commas, semicolons, tabs or bars between the cells."
          accept={[".csv", ".tsv", ".txt", "text/csv"]}
          onFile={(chosen) => send(chosen, chosen.name, encoding === FOUND_OUT ? null : encoding)}
        />
      ) : (
        <PasteForm
          onText={(text) => {
            const pasted = pastedFile(text);
            send(pasted.file, pasted.name, null);
          }}
        />
      )}
      {sending.error && (
        <ProblemNote
          title={sending.error.title}
          detail={sending.error.detail}
          traceId={sending.error.traceId}
        />
      )}
    </div>
  );
}

function PasteForm({ onText }: { onText: (text: string) => void }) {
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) onText(text);
  };
  return (
    <form className={styles.part} onSubmit={submit}>
      <TextField
        label="Rows"
        hint="Copied from a spreadsheet, or CSV. The first line names the columns."
        mono
        rows={8}
        value={text}
        onChange={setText}
        placeholder={"First name,Email\nAnn,ann@example.com"}
      />
      <Button type="submit" variant="primary" isDisabled={!text.trim()}>
        Continue
      </Button>
    </form>
  );
}

function useUpload() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const under = useRef<AbortController | null>(null);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const [file, setFile] = useState<{ name: string; size: number } | null>(null);
  const sending = useMutation<ContactImport, ApiError, { file: Blob; name: string; encoding: string | null }>(
    {
      mutationFn: (wanted) => {
        if (wanted.file.size > MOST_BYTES) {
          throw new ApiError(
            413,
            "The file is too large",
            `It has ${bytes(wanted.file.size)}; send it in parts.`,
          );
        }
        under.current = new AbortController();
        setFile({ name: wanted.name, size: wanted.file.size });
        return upload({ ...wanted, signal: under.current.signal });
      },
      onSuccess: ({ id, file_name }) => {
        client.invalidateQueries({ queryKey: ["contact-imports"] });
        const lead = () => navigate({ to: "/tools/contacts/import/$id", params: { id } });
        if (here.current) return lead();
        // Whoever has gone on is not led away from where he is.
        toast({ text: `${file_name ?? "The file"} is uploaded`, action: { label: "Open", run: lead } });
      },
      onSettled: () => setFile(null),
    },
  );
  const isStopped = under.current?.signal.aborted ?? false;
  return {
    file,
    error: isStopped ? null : sending.error,
    stop: () => under.current?.abort(),
    send: (chosen: Blob, name: string, encoding: string | null) =>
      sending.mutate({ file: chosen, name, encoding }),
  };
}
