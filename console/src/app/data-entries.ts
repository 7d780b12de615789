import { Users } from "lucide-react";
import type { Entry } from "./navigation";

/** What a workspace holds. */
export const CONTACTS: Entry = {
  to: "/tools/contacts",
  label: "Contacts",
  icon: Users,
  needs: "contacts:read",
};
