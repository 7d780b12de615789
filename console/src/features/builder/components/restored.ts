import { createContext, useContext } from "react";

/** What stands in the form was kept by a draft or by the tab, so without its secrets. */
export const Restored = createContext(false);

const LOST = "Drafts keep no secrets: enter it here before you test or save.";

/** Why a secret may be empty that was entered; undefined: nobody has entered it. */
export const useLost = (): string | undefined => (useContext(Restored) ? LOST : undefined);
