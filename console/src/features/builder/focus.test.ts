// @vitest-environment jsdom
import { expect, test } from "vitest";
import { focusField } from "./focus";

const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
const nowhere = { setFocus: () => undefined };

function page(): [url: HTMLElement, other: HTMLElement] {
  document.body.innerHTML = '<input name="url"><input name="other">';
  const [url, other] = document.querySelectorAll<HTMLElement>("input");
  if (!url || !other) throw new Error("both are there");
  return [url, other];
}

test("a field is come to as soon as it is drawn", async () => {
  document.body.innerHTML = "";
  focusField(nowhere, "url");
  await frame();
  await frame();
  const [url] = page();
  await frame();
  await frame();
  expect(document.activeElement).toBe(url);
});

test("who goes on from a field that has the focus already is not led back", async () => {
  const [url, other] = page();
  url.focus();
  focusField(nowhere, "url");
  await frame();
  await frame();
  other.focus();
  await frame();
  await frame();
  expect(document.activeElement).toBe(other);
});

test("who does something while a field is waited for is led no more", async () => {
  document.body.innerHTML = '<input name="other">';
  focusField(nowhere, "url");
  await frame();
  await frame();
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab" }));
  const [, other] = page();
  other.focus();
  await frame();
  await frame();
  expect(document.activeElement).toBe(other);
});
