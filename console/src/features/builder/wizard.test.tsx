// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { KindsView, Tried } from "@/api/schema";
import { served, shown } from "@/testing/shown";
import { NOTHING } from "./opening";
import { NEW } from "./values";
import { useWizard } from "./wizard";

vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<object>()),
  useNavigate: () => async () => {},
  useSearch: () => ({ draft: "7" }),
}));

const KINDS = { auth: [], methods: [], bodies: [] } as unknown as KindsView;
const LINE = { id: "7", revision: 2 };
const TRIED = {
  success: true,
  output: { a: 1 },
  response: { status: 200, body: { kind: "text", text: "{}", size: 2, truncated: false } },
} as unknown as Tried;
const opening = { ...NOTHING, values: { ...NEW, name: "Mine" }, known: { id: "7", revision: 1 } };

/** A wizard with a test under way, which is answered by a press. */
function Wizard() {
  const { discard, keeping } = useWizard({ id: null, clean: NEW, etag: null, kinds: KINDS, opening });
  const [underWay] = useState(keeping);
  return (
    <>
      <button type="button" onClick={discard}>
        Discard
      </button>
      <button type="button" onClick={() => underWay.onTested(TRIED, {}, underWay.configuration())}>
        Answer
      </button>
    </>
  );
}

function wizard() {
  const asked = served({
    "PUT /api/connector-drafts/7": () => LINE,
    "POST /api/connector-drafts": () => ({ ...LINE, id: "8" }),
    "DELETE /api/connector-drafts/7": () => new Response(null, { status: 204 }),
  });
  shown(<Wizard />);
  return {
    user: userEvent.setup(),
    sent: () => asked.map(({ method }) => method).filter((method) => method !== "GET"),
  };
}

test("an answer is in the draft at once", async () => {
  const { user, sent } = wizard();
  await user.click(await screen.findByRole("button", { name: "Answer" }));
  await expect.poll(sent).toEqual(["PUT"]);
});

test("a test that is answered after its draft was discarded begins no other one", async () => {
  const { user, sent } = wizard();
  await user.click(await screen.findByRole("button", { name: "Discard" }));
  await expect.poll(sent).toEqual(["DELETE"]);
  await user.click(screen.getByRole("button", { name: "Answer" }));
  await user.click(screen.getByRole("button", { name: "Answer" }));
  expect(sent()).toEqual(["DELETE"]);
});
