// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { useState } from "react";
import { flushSync } from "react-dom";
import { afterEach, beforeEach, expect, test } from "vitest";
import { useOpened, useOpening } from "./opening";

/** As in a browser: what a press changes is drawn, and the rest comes when it is ready. */
const scope = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
beforeEach(() => {
  scope.IS_REACT_ACT_ENVIRONMENT = false;
});
afterEach(() => {
  scope.IS_REACT_ACT_ENVIRONMENT = true;
});

type Change = (isOpen: boolean) => void;

interface Told {
  tell: (change: Change) => void;
}

function Opened({ tell }: Told) {
  const [isOpen, setOpen] = useState(false);
  tell(setOpen);
  return <output>{`wanted ${isOpen}, shown ${useOpened(isOpen)}`}</output>;
}

function Opening({ tell }: Told) {
  const { isOpen, onOpenChange } = useOpening();
  tell(onOpenChange);
  return <output>{`shown ${isOpen}`}</output>;
}

function OpenFromTheFirst({ pictures }: { pictures: boolean[] }) {
  const shown = useOpened(true, true);
  pictures.push(shown);
  return <output>{`shown ${shown}`}</output>;
}

test("a press is answered before what it opens is there, and what closes is gone at once", async () => {
  let change: Change = () => undefined;
  render(
    <Opened
      tell={(told) => {
        change = told;
      }}
    />,
  );
  await screen.findByText("wanted false, shown false");
  flushSync(() => change(true));
  expect(screen.getByText("wanted true, shown false")).toBeDefined();
  await screen.findByText("wanted true, shown true");
  flushSync(() => change(false));
  expect(screen.getByText("wanted false, shown false")).toBeDefined();
});

test("so it is with what keeps by itself whether it is open", async () => {
  let change: Change = () => undefined;
  render(
    <Opening
      tell={(told) => {
        change = told;
      }}
    />,
  );
  await screen.findByText("shown false");
  flushSync(() => change(true));
  expect(screen.getByText("shown false")).toBeDefined();
  await screen.findByText("shown true");
  flushSync(() => change(false));
  expect(screen.getByText("shown false")).toBeDefined();
});

test("what is open at first is part of the first picture where that is asked for", async () => {
  const pictures: boolean[] = [];
  render(<OpenFromTheFirst pictures={pictures} />);
  await screen.findByText("shown true");
  expect(pictures).not.toContain(false);
});
