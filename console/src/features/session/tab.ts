import type { SessionView } from "@/api/schema";
import { forgetTested } from "@/api/tested";

const TYPED = "connectors.unsaved";
const OWNER = "connectors.tab";

/** What is kept in this tab of what somebody typed is that person's alone: it goes when another one signs in. */
export function ownTab({ workspace_id, user_id }: Pick<SessionView, "workspace_id" | "user_id">): void {
  try {
    const owner = `${workspace_id}/${user_id}`;
    const before = sessionStorage.getItem(OWNER);
    if (before !== null && before !== owner) forgetTyped();
    sessionStorage.setItem(OWNER, owner);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

export function forgetTyped(): void {
  forgetTested();
  try {
    const names = Object.keys(sessionStorage).filter((name) => name.startsWith(TYPED));
    for (const name of [...names, OWNER]) sessionStorage.removeItem(name);
  } catch {
    // As above.
  }
}
