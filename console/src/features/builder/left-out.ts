import type { FieldProblem } from "@/api/schema";
import type { Sent } from "@/features/drafts/queries";

/** What no draft takes of somebody's tests, by what an API has answered; it is worked with all the same. */
export class LeftOut {
  readonly #refused = new Set<object>();

  /** A draft as it is taken. */
  without(draft: Sent): Sent {
    const { lastTest } = draft;
    return {
      ...draft,
      examples: draft.examples.filter((example) => !this.#refused.has(example)),
      lastTest: lastTest && this.#refused.has(lastTest) ? null : lastTest,
    };
  }

  /** `errors` of what was sent; none: it may be the last test. False: it is for nothing that can be left out. */
  add({ examples, lastTest }: Sent, errors: readonly FieldProblem[]): boolean {
    const isOfTest = errors.length === 0 || errors.some(({ pointer }) => pointer.startsWith("/lastTest"));
    const named = errors.map(({ pointer }) => examples[exampleAt(pointer)]);
    const found = [isOfTest ? lastTest : null, ...named].filter((one) => one !== null && one !== undefined);
    for (const one of found) this.#refused.add(one);
    return found.length > 0;
  }
}

/** `/examples/2/output` → 2; -1: it is none of them. */
function exampleAt(pointer: string): number {
  const found = /^\/examples\/(\d{1,3})(?:\/|$)/.exec(pointer);
  return found ? Number(found[1]) : -1;
}
