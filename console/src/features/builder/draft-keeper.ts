import { jsonText } from "@json/exact";
import { ApiError } from "@/api/client";
import type { DraftLine, FieldProblem } from "@/api/schema";
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
  /** The caller's own of the same connector, begun elsewhere; null: there is none. */
  other: () => Promise<DraftLine | null>;
}

interface Deps {
  drafts: Drafts;
  /** As it stands in the form now. */
  present: () => Sent;
  /** Something of it is refused: whether it is sent without tests from now on that were in it before. */
  lighten: (errors: readonly FieldProblem[]) => boolean;
  onState: (state: DraftState) => void;
  onKnown: (known: Known | null) => void;
}

export const IDLE_MS = 1_500;
export const AGAIN_MS = 15_000;
/** A revision before all: what this tab has is as new as none of them. */
const NOTHING_OF_IT = 0;

/** Keeps a draft on the server, some moments after each change, one request at a time. */
export class DraftKeeper {
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** What has begun it, until that is answered: what is sent again is the same. */
  #begun: { sent: Sent; key: string } | null = null;
  /** Answers to what was sent before it was dropped are of something else. */
  #generation = 0;
  #kept = "";
  #isSending = false;
  #isOver = false;
  #isElsewhere = false;

  constructor(
    private readonly deps: Deps,
    private known: Known | null,
  ) {}

  get hasDraft(): boolean {
    return this.known !== null;
  }

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
    if (this.#isOver) return;
    if (this.#isSending) return this.#later(IDLE_MS);
    const present = this.deps.present();
    if (jsonText(present) === this.#kept && !over) {
      this.deps.onState({ name: "kept", at: new Date() });
      return;
    }
    this.#isSending = true;
    this.deps.onState({ name: "sending" });
    const generation = this.#generation;
    try {
      const { line, sent } = await this.#stored(present, over);
      if (generation === this.#generation) this.#settled(line, jsonText(sent));
      else await this.#discard(line.id);
    } catch (error) {
      if (generation === this.#generation) await this.#failed(error);
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
    this.#begun = null;
    this.#generation += 1;
    const { known } = this;
    this.#know(null);
    this.deps.onState({ name: "none" });
    if (known) await this.#discard(known.id);
  }

  /** What is left there is gone after its time. */
  async #discard(id: string): Promise<void> {
    await this.deps.drafts.discard(id).catch(() => {});
  }

  #settled(line: DraftLine, text: string): void {
    this.#kept = text;
    this.#isElsewhere = false;
    this.#begun = null;
    this.#know({ id: line.id, revision: Number(line.revision) });
    const isKept = jsonText(this.deps.present()) === text;
    this.deps.onState(isKept ? { name: "kept", at: new Date() } : { name: "waiting" });
    if (!isKept) this.#later(IDLE_MS);
  }

  async #stored(present: Sent, over: boolean): Promise<{ line: DraftLine; sent: Sent }> {
    const { known } = this;
    if (known) {
      const line = await this.deps.drafts.change(known.id, over ? null : known.revision, present);
      return { line, sent: present };
    }
    this.#begun ??= { sent: present, key: crypto.randomUUID() };
    const { sent, key } = this.#begun;
    return { line: await this.deps.drafts.begin(sent, key), sent };
  }

  async #failed(error: unknown): Promise<void> {
    const refusal = error instanceof ApiError ? error : new ApiError(0, "It is not kept", String(error));
    const isLost = refusal.status === 0 || refusal.status >= 500;
    // What was refused is another request the next time; one whose answer got lost is the same.
    if (!isLost) this.#begun = null;
    const generation = this.#generation;
    const isElsewhere = refusal.status === 412 || (refusal.status === 409 && (await this.#takesUpOther()));
    if (generation !== this.#generation) return;
    this.#isElsewhere = isElsewhere;
    const isGone = refusal.status === 404 && this.known !== null;
    if (isGone) this.#know(null);
    if (refusal.isNotTaken && this.deps.lighten(refusal.errors)) return this.#later(0);
    const why = `${refusal.title}. ${refusal.detail}`;
    this.deps.onState({ name: this.#isElsewhere ? "elsewhere" : "failed", why });
    if (isGone) this.#later(IDLE_MS);
    else if (isLost) this.#later(AGAIN_MS);
  }

  /** There is one of this connector that another tab or machine has begun. */
  async #takesUpOther(): Promise<boolean> {
    if (this.known) return false;
    const generation = this.#generation;
    const other = await this.deps.drafts.other().catch(() => null);
    if (!other || generation !== this.#generation) return false;
    this.#know({ id: other.id, revision: NOTHING_OF_IT });
    return true;
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
