import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import type { FlowView } from "@/api/flows";
import { NEW } from "./drafts";
import { type FlowRequests, NewFlow } from "./new-flow";
import type { SavedFlow } from "./queries";
import type { Draft } from "./steps";

const lost = () => new ApiError(0, "The server does not answer", "");
const named = (name: string): Draft => ({ ...NEW, name });

/** An engine with room for one flow; `answers` say what becomes of each answer, and those behind them arrive. */
function an_engine(...answers: (ApiError | null)[]) {
  const asked: string[] = [];
  const keys = new Set<string>();
  let stored: { draft: Draft; revision: number } | null = null;
  const answer = (): SavedFlow => {
    const failed = answers.shift();
    if (failed) throw failed;
    return { flow: { id: "7" } as FlowView, etag: `"${stored?.revision}"` };
  };
  const requests: FlowRequests = {
    create: async (draft, key) => {
      asked.push(`create ${draft.name}`);
      keys.add(key);
      if (answers[0]?.status !== 422) stored ??= { draft, revision: 1 };
      return answer();
    },
    change: async (_id, draft, etag) => {
      asked.push(`change ${draft.name} at ${etag}`);
      if (!stored || etag !== `"${stored.revision}"`) throw new ApiError(412, "Changed", "");
      stored = { draft, revision: stored.revision + 1 };
      return answer();
    },
  };
  return {
    flow: new NewFlow(requests),
    asked,
    keys,
    stored: () => stored,
    changed: () => {
      if (stored) stored = { ...stored, revision: stored.revision + 1 };
    },
  };
}

test("what was changed after a lost answer is saved, and nothing is made twice", async () => {
  const { flow, asked, keys, stored } = an_engine(lost());
  await expect(flow.save(named("One"), null)).rejects.toThrow();
  expect(flow.id).toBeNull();
  const saved = await flow.save(named("One step more"), null);
  expect(asked).toEqual(["create One", "create One", 'change One step more at "1"']);
  expect(keys.size).toBe(1);
  expect(stored()?.draft.name).toBe("One step more");
  expect([flow.id, saved.etag]).toEqual(["7", '"2"']);
});

test("the same draft after a lost answer is saved by that", async () => {
  const { flow, asked } = an_engine(lost());
  await expect(flow.save(named("One"), null)).rejects.toThrow();
  expect((await flow.save(named("One"), null)).etag).toBe('"1"');
  expect(asked).toEqual(["create One", "create One"]);
});

test("what somebody else has changed meanwhile is not written over", async () => {
  const { flow, changed } = an_engine(lost());
  await expect(flow.save(named("One"), null)).rejects.toThrow();
  changed();
  await expect(flow.save(named("One"), null)).rejects.toMatchObject({ status: 412 });
  expect(flow.id).toBe("7");
  expect((await flow.save(named("One"), '"2"')).etag).toBe('"3"');
});

test("what was refused is another request the next time", async () => {
  const { flow, asked, keys } = an_engine(new ApiError(422, "Refused", ""));
  await expect(flow.save(named("Wrong"), null)).rejects.toThrow("Refused");
  await flow.save(named("Right"), null);
  expect(asked).toEqual(["create Wrong", "create Right"]);
  expect(keys.size).toBe(2);
});

test("a lost one that would have been refused stands in nobody's way", async () => {
  const { flow, asked } = an_engine(lost(), new ApiError(422, "Refused", ""));
  await expect(flow.save(named("Wrong"), null)).rejects.toThrow();
  await flow.save(named("Right"), null);
  expect(asked.slice(0, 3)).toEqual(["create Wrong", "create Wrong", "create Right"]);
});
