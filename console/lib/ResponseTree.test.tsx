// @vitest-environment jsdom
import { parseJson } from "@json/exact";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { ResponseTree } from "./ResponseTree";

const ANSWER = parseJson('{"identities":[{"id":9007199254740993,"firstName":"Jose"}],"ok":true}');

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});

test("Enter on a line gives the path that reaches it", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  render(<ResponseTree label="Response" value={ANSWER} onPick={(path) => picked(path)} />);
  await user.tab();
  await user.tab();
  await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(picked).toHaveBeenCalledWith("identities[0].id");
});

test("large numbers are shown as they came", () => {
  render(<ResponseTree label="Response" value={ANSWER} />);
  expect(screen.getByText("9007199254740993")).toBeInTheDocument();
});

test("a search leaves what matches, with its whole path", async () => {
  const user = userEvent.setup();
  render(<ResponseTree label="Response" value={ANSWER} />);
  await user.type(screen.getByRole("searchbox"), "jose");
  expect(screen.getByText("identities[0].firstName")).toBeInTheDocument();
  expect(screen.queryByText("ok")).not.toBeInTheDocument();
});

test("a line can still be picked after its page has been drawn again", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  const tree = () => <ResponseTree label="Response" value={ANSWER} onPick={(path) => picked(path)} />;
  const { rerender } = render(tree());
  rerender(tree());
  await user.click(screen.getByText('"Jose"'));
  expect(picked).toHaveBeenCalledWith("identities[0].firstName");
});

test("a part of a long list opens, and is no path", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  const many = parseJson(`[${"1,".repeat(299)}7]`);
  render(<ResponseTree label="Response" value={many} onPick={(path) => picked(path)} />);
  await user.click(screen.getByText("0 – 199"));
  expect(picked).not.toHaveBeenCalled();
  await user.click(screen.getAllByText("1")[0] as HTMLElement);
  expect(picked).toHaveBeenCalledOnce();
  expect(picked.mock.calls[0]?.[0]).toMatch(/^\$\[\d+\]$/);
});

test("a large document is searched bit by bit, to its end", async () => {
  const user = userEvent.setup();
  const many = parseJson(`[${'{"n":1},'.repeat(29_999)}{"n":"needle"}]`);
  render(<ResponseTree label="Response" value={many} />);
  await user.click(screen.getByRole("searchbox"));
  await user.paste("NEEDLE");
  expect(screen.getByText("Looking…")).toBeInTheDocument();
  expect(await screen.findByText("$[29999].n")).toBeInTheDocument();
  await user.clear(screen.getByRole("searchbox"));
  await user.paste("no such thing");
  expect(await screen.findByText("Nothing matches.")).toBeInTheDocument();
});
