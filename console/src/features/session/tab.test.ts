// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { forgetTyped, ownTab } from "./tab";

const ANN = { workspace_id: "w", user_id: "ann" };
const KEPT = "connectors.unsaved.new";

beforeEach(() => {
  ownTab(ANN);
  sessionStorage.setItem(KEPT, "typed");
  sessionStorage.setItem("other", "stays");
});

test("what somebody typed is there for the same person", () => {
  ownTab(ANN);
  expect(sessionStorage.getItem(KEPT)).toBe("typed");
});

test.each([
  { workspace_id: "w", user_id: "bob" },
  { workspace_id: "v", user_id: "ann" },
])("and for nobody else", (other) => {
  ownTab(other);
  expect(sessionStorage.getItem(KEPT)).toBeNull();
  expect(sessionStorage.getItem("other")).toBe("stays");
});

test("signing out forgets it", () => {
  forgetTyped();
  expect(sessionStorage.getItem(KEPT)).toBeNull();
});
