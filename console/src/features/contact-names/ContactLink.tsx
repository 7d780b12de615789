import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface ContactLinkProps {
  id: string;
  className: string | undefined;
  children: ReactNode;
}

/** To the page of a contact, which is another feature's. */
export function ContactLink({ id, className, children }: ContactLinkProps) {
  return (
    <Link to={`/tools/contacts/${encodeURIComponent(id)}` as never} className={className}>
      {children}
    </Link>
  );
}
