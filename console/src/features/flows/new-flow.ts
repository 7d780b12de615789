import { ApiError } from "@/api/client";
import { sameDraft } from "./drafts";
import type { SavedFlow } from "./queries";
import type { Draft } from "./steps";

export interface FlowRequests {
  create: (draft: Draft, key: string) => Promise<SavedFlow>;
  change: (id: string, draft: Draft, etag: string) => Promise<SavedFlow>;
}

/** Of a flow that nobody has changed since it was made. */
const FIRST = '"1"';
/** Nothing was made, and the same request would be refused again. */
const REFUSED: readonly number[] = [409, 422];

/**
 * A flow that is not there yet is made once, whatever becomes of the answers: what was sent first is sent until it is
 * known to be there, and what was changed meanwhile is a change of that.
 */
export class NewFlow {
  #sent: { draft: Draft; key: string } | null = null;
  #made: string | null = null;

  constructor(private readonly requests: FlowRequests) {}

  /** null: it is not known to be there. */
  get id(): string | null {
    return this.#made;
  }

  /** `etag`: what it is a change of, once it is there. Raises ApiError. */
  async save(draft: Draft, etag: string | null): Promise<SavedFlow> {
    if (this.#made) return await this.requests.change(this.#made, draft, etag ?? FIRST);
    const isAgain = this.#sent !== null;
    this.#sent ??= { draft, key: crypto.randomUUID() };
    const sent = this.#sent;
    try {
      const saved = await this.requests.create(sent.draft, sent.key);
      this.#made = saved.flow.id;
      if (saved.etag === FIRST && sameDraft(sent.draft, draft)) return saved;
    } catch (error) {
      if (!(error instanceof ApiError) || !REFUSED.includes(error.status)) throw error;
      this.#sent = null;
      if (isAgain) return await this.save(draft, etag);
      throw error;
    }
    return await this.requests.change(this.#made, draft, FIRST);
  }
}
