import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { toast } from "@ui/Toast";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { ApiError } from "@/api/client";
import type { Contact } from "@/api/mapper";
import { useMay } from "@/features/session/queries";
import { nameOf } from "../model";
import { deleteContact } from "../queries";

export function DeleteContact({ contact }: { contact: Contact }) {
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const name = nameOf(contact);
  const removing = useMutation<unknown, ApiError>({
    mutationFn: () => deleteContact(contact.id),
    onSuccess: async () => {
      toast({ text: `${name} is deleted` });
      await navigate({ to: "/tools/contacts" });
      client.removeQueries({ queryKey: ["contact", contact.id] });
      client.invalidateQueries({ queryKey: ["contacts"] });
    },
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
  });
  if (!may("contacts:edit")) return null;
  return (
    <>
      <Button
        icon={<Trash2 size={15} aria-hidden="true" />}
        isPending={removing.isPending}
        onPress={() => setAsks(true)}
      >
        Delete
      </Button>
      <Confirm
        title={`Delete ${name} for good?`}
        isOpen={asks}
        onClose={() => setAsks(false)}
        action="Delete for good"
        tone="danger"
        onConfirm={() => {
          setAsks(false);
          removing.mutate();
        }}
      >
        Values, custom fields and history go with the contact, and nobody can bring them back. Results that
        are still under way do not make the contact anew.
      </Confirm>
    </>
  );
}
