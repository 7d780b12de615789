import { useState } from "react";
import type { Choices } from "./model";

const key = (id: string) => `connectors.import.${id}`;

/** What somebody chose for a file, kept in this tab for a reload. `first`: before anything was chosen. */
export function useChoices(id: string, first: () => Choices): [Choices, (choices: Choices) => void] {
  const [choices, setChoices] = useState<Choices>(() => read(id) ?? first());
  return [
    choices,
    (chosen) => {
      setChoices(chosen);
      keep(id, chosen);
    },
  ];
}

/** A storage that is full keeps nobody from choosing. */
function keep(id: string, choices: Choices): void {
  try {
    sessionStorage.setItem(key(id), JSON.stringify(choices));
  } catch {
    forgetChoices(id);
  }
}

export const forgetChoices = (id: string): void => sessionStorage.removeItem(key(id));

function read(id: string): Choices | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(key(id)) ?? "null") as Choices | null;
    return found && typeof found.targets === "object" && typeof found.matchBy === "string" ? found : null;
  } catch {
    return null;
  }
}
