import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "@/api/client";
import type { DraftLine } from "@/api/schema";
import { AGAIN_MS, DraftKeeper, type DraftState, IDLE_MS } from "./draft-keeper";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A keeper whose drafts are refused so often; `lighten`: as often as something can be left out. */
async function refused(status: number, times: number, lightens: number) {
  const states: DraftState[] = [];
  let [asked, lightened] = [0, 0];
  const keeper = new DraftKeeper(
    {
      drafts: {
        begin: async () => {
          asked += 1;
          if (asked <= times) throw new ApiError(status, "Not valid", "must not hold a NUL character");
          return { id: "7", revision: 1 } as unknown as DraftLine;
        },
        change: async () => ({ id: "7", revision: 2 }) as unknown as DraftLine,
        discard: async () => {},
        other: async () => null,
      },
      present: () => ({
        connector: { name: "A" },
        step: "basic",
        baseRevision: null,
        examples: [],
        lastTest: null,
      }),
      lighten: () => {
        lightened += 1;
        return lightened <= lightens;
      },
      onState: (state) => states.push(state),
      onKnown: () => {},
    },
    null,
  );
  keeper.changed();
  await vi.advanceTimersByTimeAsync(IDLE_MS + 10 * AGAIN_MS);
  return { asked, lightened, last: states.at(-1)?.name };
}

test.each([400, 413, 422])(
  "what cannot be kept is left out once, and all else is kept: %d",
  async (status) => {
    expect(await refused(status, 1, 1)).toEqual({ asked: 2, lightened: 1, last: "kept" });
  },
);

test("what is refused without anything to leave out is said, and not sent for ever", async () => {
  expect(await refused(422, 99, 0)).toEqual({ asked: 1, lightened: 1, last: "failed" });
});

test("another refusal leaves nothing out", async () => {
  expect(await refused(403, 99, 1)).toEqual({ asked: 1, lightened: 0, last: "failed" });
});
