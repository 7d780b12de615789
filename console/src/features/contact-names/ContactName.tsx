import { contactName } from "@lib/fields";
import { useQuery } from "@tanstack/react-query";
import { useSeen } from "@ui/seen";
import { useMay } from "@/features/session/queries";
import { ContactLink } from "./ContactLink";
import { contactQuery } from "./queries";

interface ContactNameProps {
  id: string;
  /** Of the link to the contact; without it there is none. */
  linkClass?: string | undefined;
}

/** By name, else phone or email, with the id on hover; by the id where the contact is gone or may not be seen. It is asked
 * for when it is scrolled to: a list may have many. */
export function ContactName({ id, linkClass }: ContactNameProps) {
  const may = useMay()("contacts:read");
  const { ref, seen } = useSeen<HTMLSpanElement>();
  const { data, isPending } = useQuery({ ...contactQuery(id), enabled: seen && may, retry: false });
  const name = data ? contactName(data) : may && isPending ? "…" : <code>{id.slice(0, 13)}</code>;
  return (
    <span ref={ref} title={id}>
      {data && linkClass ? (
        <ContactLink id={data.id} className={linkClass}>
          {name}
        </ContactLink>
      ) : (
        name
      )}
    </span>
  );
}
