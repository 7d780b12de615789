import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "@/api/client";
import type { DraftLine } from "@/api/schema";
import type { Sent } from "@/features/drafts/queries";
import {
  AGAIN_MS,
  DraftKeeper,
  type DraftState,
  type Drafts,
  IDLE_MS,
  type Known,
  revisionOf,
} from "./draft-keeper";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const line = (revision: number) => ({ id: "7", revision }) as unknown as DraftLine;

/** A keeper over drafts that answer as told, and what it said. */
function a_keeper(answers: Partial<Drafts> = {}, known: Known | null = null) {
  const said: { states: DraftState[]; known: (Known | null)[]; asked: string[] } = {
    states: [],
    known: [],
    asked: [],
  };
  let revision = known?.revision ?? 0;
  const drafts: Drafts = {
    begin: async (_sent, key) => {
      said.asked.push(`begin ${key}`);
      revision += 1;
      return line(revision);
    },
    change: async (id, at) => {
      said.asked.push(`change ${id} at ${at}`);
      revision += 1;
      return line(revision);
    },
    discard: async (id) => {
      said.asked.push(`discard ${id}`);
    },
    other: async () => null,
    ...answers,
  };
  const beside = { step: "basic", baseRevision: null, examples: [], lastTest: null };
  const present: Sent = { connector: { name: "" }, ...beside };
  const keeper = new DraftKeeper(
    {
      drafts,
      present: () => ({ ...present }),
      lighten: () => false,
      onState: (state) => said.states.push(state),
      onKnown: (one) => said.known.push(one),
    },
    known,
  );
  const type = (name: string) => {
    present.connector = { name };
    keeper.changed();
  };
  return { keeper, said, type, names: () => said.states.map((state) => state.name) };
}

test("a draft begins some moments after the first change, and is changed by the next ones", async () => {
  const { said, type, names } = a_keeper();
  type("A");
  type("Ab");
  expect(said.asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(names()).toEqual(["waiting", "waiting", "sending", "kept"]);
  type("Abc");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(said.asked).toEqual([expect.stringMatching(/^begin /), "change 7 at 1"]);
  expect(said.known.at(-1)).toEqual({ id: "7", revision: 2 });
});

test("what is typed while it is sent is sent afterwards", async () => {
  let answer = (_line: DraftLine) => {};
  const begin = () => new Promise<DraftLine>((resolve) => (answer = resolve));
  const { said, type, names } = a_keeper({ begin });
  type("A");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  type("Ab");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  answer(line(1));
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(said.asked).toEqual(["change 7 at 1"]);
  expect(names().at(-1)).toBe("kept");
});

test("a lost answer is asked for again with the same key; a refusal is told, and not repeated", async () => {
  const keys: string[] = [];
  const begin = async (_sent: Sent, key: string) => {
    keys.push(key);
    throw new ApiError(keys.length < 3 ? 0 : 409, "Refused", "Enough.");
  };
  const { said, type } = a_keeper({ begin });
  type("A");
  await vi.advanceTimersByTimeAsync(IDLE_MS + 2 * AGAIN_MS);
  expect(new Set(keys).size).toBe(1);
  await vi.advanceTimersByTimeAsync(10 * AGAIN_MS);
  expect(keys).toHaveLength(3);
  expect(said.states.at(-1)).toEqual({ name: "failed", why: "Refused. Enough." });
});

test("what was changed elsewhere is not written over until somebody says so", async () => {
  const change = async (id: string, revision: number | null) => {
    if (revision !== null) throw new ApiError(412, "Changed", "It is at revision 5 now.");
    return { ...line(6), id };
  };
  const { keeper, said, type, names } = a_keeper({ change }, { id: "7", revision: 2 });
  type("Mine");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(names().at(-1)).toBe("elsewhere");
  type("Mine still");
  await vi.advanceTimersByTimeAsync(10 * IDLE_MS);
  expect(names().at(-1)).toBe("elsewhere");
  await keeper.send(true);
  expect(said.known.at(-1)).toEqual({ id: "7", revision: 6 });
});

test("a draft that is gone begins again", async () => {
  const change = async () => {
    throw new ApiError(404, "No such draft", "");
  };
  const { said, type } = a_keeper({ change }, { id: "7", revision: 2 });
  type("Mine");
  await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
  expect(said.asked).toEqual([expect.stringMatching(/^begin /)]);
});

test("it ends when it is saved, also one that is on its way", async () => {
  let answer = (_line: DraftLine) => {};
  const begin = () => new Promise<DraftLine>((resolve) => (answer = resolve));
  const { keeper, said, type } = a_keeper({ begin });
  type("A");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  await keeper.end();
  answer(line(1));
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  type("B");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(said.asked).toEqual(["discard 7"]);
});

test("what was typed after a lost answer is a change of what that began", async () => {
  const sent: string[] = [];
  const begin = async (one: Sent, key: string) => {
    sent.push(`${JSON.stringify(one.connector)} ${key}`);
    if (sent.length === 1) throw new ApiError(0, "No answer", "");
    return line(1);
  };
  const { said, type, names } = a_keeper({ begin });
  type("A");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  type("Ab");
  await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
  expect(sent).toHaveLength(2);
  expect(sent[1]).toBe(sent[0]);
  expect(said.asked).toEqual(["change 7 at 1"]);
  expect(names().at(-1)).toBe("kept");
});

test("a draft of the connector that was begun elsewhere is told of, and written over when somebody says so", async () => {
  const begin = async () => {
    throw new ApiError(409, "There is a draft of this connector", "");
  };
  const { keeper, said, type, names } = a_keeper({ begin, other: async () => line(5) });
  type("Mine");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(names().at(-1)).toBe("elsewhere");
  expect(said.known).toEqual([{ id: "7", revision: 0 }]);
  type("Mine still");
  await vi.advanceTimersByTimeAsync(10 * IDLE_MS);
  expect(said.asked).toEqual([]);
  await keeper.send(true);
  expect(said.asked).toEqual(["change 7 at null"]);
});

test.each([409, 503])("where there is no other one a refusal (%s) is told as that", async (status) => {
  const begin = async () => {
    throw new ApiError(status, "Refused", "Enough.");
  };
  const other = async () => {
    throw new ApiError(503, "Away", "");
  };
  const { type, names } = a_keeper({ begin, other });
  type("Mine");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(names().at(-1)).toBe("failed");
});

test("one that is discarded while it begins is discarded there too, and the next one is another", async () => {
  const answers: ((found: DraftLine) => void)[] = [];
  const begin = () => new Promise<DraftLine>((resolve) => answers.push(resolve));
  const { keeper, said, type, names } = a_keeper({ begin });
  type("A");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  await keeper.drop();
  answers[0]?.(line(1));
  await vi.advanceTimersByTimeAsync(10 * IDLE_MS);
  expect(said.asked).toEqual(["discard 7"]);
  expect(said.known).toEqual([null]);
  expect(names().at(-1)).toBe("none");
  type("B");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  answers[1]?.({ ...line(1), id: "8" });
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  expect(said.known.at(-1)).toEqual({ id: "8", revision: 1 });
});

test("what is typed after it was discarded waits for what is still on its way", async () => {
  const answers: ((found: DraftLine) => void)[] = [];
  const begin = () => new Promise<DraftLine>((resolve) => answers.push(resolve));
  const { keeper, said, type } = a_keeper({ begin });
  type("A");
  await vi.advanceTimersByTimeAsync(IDLE_MS);
  await keeper.drop();
  type("B");
  await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
  expect(answers).toHaveLength(1);
  answers[0]?.(line(1));
  await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
  expect(answers).toHaveLength(2);
  expect(said.asked).toEqual(["discard 7"]);
});

test("who leaves before it is sent finds it all the same", async () => {
  const { keeper, said, type } = a_keeper();
  keeper.leave();
  type("A");
  keeper.leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(said.asked).toHaveLength(1);
});

test.each([
  ['"3"', 3],
  [null, null],
  ['W/"3"', null],
])("the revision of %s", (etag, revision) => {
  expect(revisionOf(etag)).toBe(revision);
});
