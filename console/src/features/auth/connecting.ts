import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import type { CredentialLine } from "./queries";
import { authorize, credentialQuery } from "./queries";

export const CHANNEL = "connectors.oauth";

/** What the page says that a provider sends people back to: on a channel, or left in the tab. */
export interface Told {
  type: typeof CHANNEL;
  credentialId: string | null;
  connected: boolean;
  message: string;
}

const LOOK_MS = 500;
const CLOSED = "The window was closed before it was connected.";
const WINDOW = "popup,width=560,height=720";

export function isTold(data: unknown, id: string): data is Told {
  const told = data as Partial<Told> | null;
  return told?.type === CHANNEL && told.credentialId === id && typeof told.connected === "boolean";
}

/** What was said to this tab when it came back by itself, once. */
export function takeTold(id: string): Told | null {
  try {
    const told: unknown = JSON.parse(sessionStorage.getItem(CHANNEL) ?? "null");
    if (!isTold(told, id)) return null;
    sessionStorage.removeItem(CHANNEL);
    return told;
  } catch {
    return null;
  }
}

/** For the page that shows the credential next. */
const leave = (told: Told) => sessionStorage.setItem(CHANNEL, JSON.stringify(told));

export type Phase = { name: "idle" | "waiting" } | { name: "failed"; message: string };
export type Subject = Pick<CredentialLine, "id" | "name" | "token">;

interface Connecting {
  /** null: it is made by the press that connects it. */
  known: Subject | null;
  /** Where the browser comes back to in the same tab, where it opens no window. */
  returnTo?: (subject: Subject) => string;
  onConnected?: (subject: Subject) => void;
}

interface Begun {
  subject: Subject;
  popup: Window | null;
}

const here = () => window.location.pathname + window.location.search;

/** A person signs in at the provider, in a window of its own, or in this tab where the browser opens none. */
export function useConnecting({ known, returnTo = here, onConnected }: Connecting) {
  const client = useQueryClient();
  const [phase, setPhase] = useState<Phase>({ name: "idle" });
  const begun = useRef<Begun | null>(null);
  const done = useRef(onConnected);
  done.current = onConnected;

  const settle = useCallback(
    (told: Pick<Told, "connected" | "message">, subject: Subject) => {
      begun.current = null;
      setPhase(told.connected ? { name: "idle" } : { name: "failed", message: told.message });
      client.invalidateQueries({ queryKey: ["credentials"] });
      if (!told.connected) return;
      toast({ text: `${subject.name} is connected` });
      done.current?.(subject);
    },
    [client],
  );

  useEffect(() => {
    const told = known && takeTold(known.id);
    if (told) settle(told, known);
  }, [known, settle]);

  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }) => {
      const subject = [begun.current?.subject, known].find((one) => one && isTold(data, one.id));
      if (subject) settle(data as Told, subject);
    };
    return () => channel.close();
  }, [settle, known]);

  useEffect(() => {
    if (phase.name !== "waiting") return;
    const looking = setInterval(async () => {
      const now = begun.current;
      if (!now?.popup?.closed) return;
      clearInterval(looking);
      const isConnected = await hasNewToken(client, now.subject).catch(() => false);
      if (begun.current !== now) return;
      // A provider may hide its window from us: it counts as closed, and what it comes to is heard later.
      if (isConnected) settle({ connected: true, message: "" }, now.subject);
      else setPhase({ name: "failed", message: CLOSED });
    }, LOOK_MS);
    return () => clearInterval(looking);
  }, [phase.name, client, settle]);

  /** `make`: what is to be connected; null: it was refused, and that is told elsewhere. `then`: it is on its way. */
  const connect = async (
    make: () => Promise<Subject | null> = async () => known,
    then: (subject: Subject) => void = () => {},
  ) => {
    // Before anything is waited for: only what a click does at once may open a window.
    const popup = window.open("about:blank", CHANNEL, WINDOW);
    setPhase({ name: "waiting" });
    const subject = await make();
    if (!subject) {
      popup?.close();
      setPhase({ name: "idle" });
      return;
    }
    try {
      begun.current = { subject, popup };
      const url = await authorize(subject.id, popup ? null : returnTo(subject));
      if (!popup) return window.location.assign(url);
      // What stands at the provider's address could lead the page that opened it elsewhere.
      popup.opener = null;
      popup.location.replace(url);
      then(subject);
    } catch (error) {
      popup?.close();
      begun.current = null;
      const message = sentenceOf(error);
      setPhase({ name: "failed", message });
      if (!known) leave({ type: CHANNEL, credentialId: subject.id, connected: false, message });
      then(subject);
    }
  };
  return { phase, connect };
}

async function hasNewToken(client: QueryClient, subject: Subject): Promise<boolean> {
  const { body } = await client.fetchQuery({ ...credentialQuery(subject.id), staleTime: 0 });
  return body.token?.state === "ok" && body.token.obtained_at !== subject.token?.obtained_at;
}

const sentenceOf = (error: unknown): string =>
  error instanceof ApiError ? `${error.title}. ${error.detail}` : String(error);
