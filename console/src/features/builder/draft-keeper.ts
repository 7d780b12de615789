import { jsonText } from "@json/exact";
import { ApiError } from "@/api/client";
import type { DraftLine } from "@/api/schema";
import type { Sent } from "@/features/drafts/queries";

/** The draft on the server, as this tab knows it. */
export interface Known {
  id: string;
  revision: number;
}

export type DraftState =
  | { name: "none" | "waiting" | "sending" }
  | { name: "kept"; at: Date }
  | { name: "failed" | "elsewhere"; why: string };

export interface Drafts {
  begin: (sent: Sent, key: string) => Promise<DraftLine>;
  change: (id: string, revision: number | null, sent: Sent) => Promise<DraftLine>;
  discard: (id: string) => Promise<void>;
}

interface Deps {
  drafts: Drafts;
  /** As it stands in the form now. */
  present: () => Sent;
  onState: (state: DraftState) => void;
  onKnown: (known: Known | null) => void;
}

export const IDLE_MS = 1_500;
export const AGAIN_MS = 15_000;

/** Keeps a draft on the server, some moments after each change, one request at a time. */
export class DraftKeeper {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #key: string = crypto.randomUUID();
  #kept = "";
  #isSending = false;
  #isOver = false;
  #isElsewhere = false;

  constructor(
    private readonly deps: Deps,
    private known: Known | null,
  ) {}

  changed(): void {
    if (this.#isOver || this.#isElsewhere) return;
    this.deps.onState({ name: "waiting" });
    this.#later(IDLE_MS);
  }

  /** Whoever leaves within these moments finds it all the same. */
  leave(): void {
    if (this.#timer) this.send();
  }

  /** `over`: whatever another tab or machine has made of it meanwhile. */
  async send(over = false): Promise<void> {
    this.#stop();
    if (this.#isSending || this.#isOver) return;
    const sent = this.deps.present();
    const text = jsonText(sent);
    if (text === this.#kept && !over) {
      this.deps.onState({ name: "kept", at: new Date() });
      return;
    }
    this.#isSending = true;
    this.deps.onState({ name: "sending" });
    try {
      this.#settled(await this.#stored(sent, over), text);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isSending = false;
    }
  }

  /** It is saved: nothing more is kept. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.drop();
  }

  /** It is not wanted any more; the next change begins another one. */
  async drop(): Promise<void> {
    this.#stop();
    this.#isElsewhere = false;
    this.#kept = "";
    this.#key = crypto.randomUUID();
    const { known } = this;
    this.#know(null);
    this.deps.onState({ name: "none" });
    // What is left there is gone after its time.
    if (known) await this.deps.drafts.discard(known.id).catch(() => {});
  }

  #settled(line: DraftLine, text: string): void {
    this.#kept = text;
    this.#isElsewhere = false;
    if (this.#isOver) {
      this.deps.drafts.discard(line.id).catch(() => {});
      return;
    }
    this.#know({ id: line.id, revision: Number(line.revision) });
    const isKept = jsonText(this.deps.present()) === text;
    this.deps.onState(isKept ? { name: "kept", at: new Date() } : { name: "waiting" });
    if (!isKept) this.#later(IDLE_MS);
  }

  #stored(sent: Sent, over: boolean): Promise<DraftLine> {
    const { known } = this;
    if (!known) return this.deps.drafts.begin(sent, this.#key);
    return this.deps.drafts.change(known.id, over ? null : known.revision, sent);
  }

  #failed(error: unknown): void {
    const refusal = error instanceof ApiError ? error : new ApiError(0, "It is not kept", String(error));
    const isLost = refusal.status === 0 || refusal.status >= 500;
    // What was refused is another request the next time; one whose answer got lost is the same.
    if (!isLost) this.#key = crypto.randomUUID();
    this.#isElsewhere = refusal.status === 412;
    const isGone = refusal.status === 404 && this.known !== null;
    if (isGone) this.#know(null);
    const why = `${refusal.title}. ${refusal.detail}`;
    this.deps.onState({ name: this.#isElsewhere ? "elsewhere" : "failed", why });
    if (isGone) this.#later(IDLE_MS);
    else if (isLost) this.#later(AGAIN_MS);
  }

  #know(known: Known | null): void {
    this.known = known;
    this.deps.onKnown(known);
  }

  #later(milliseconds: number): void {
    this.#stop();
    this.#timer = setTimeout(() => this.send(), milliseconds);
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** `"3"` → 3. */
export function revisionOf(etag: string | null): number | null {
  const found = /^"(\d{1,15})"$/.exec(etag ?? "");
  return found ? Number(found[1]) : null;
}
