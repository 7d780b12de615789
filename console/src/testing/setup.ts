import { afterEach, vi } from "vitest";

/** Tests of components say `@vitest-environment jsdom`; all others need no page. */
const hasPage = typeof document !== "undefined";

if (hasPage) {
  await import("@testing-library/jest-dom/vitest");
  const { cleanup, configure } = await import("@testing-library/react");
  // What is waited for comes late on a busy machine, and nothing is wrong with that.
  configure({ asyncUtilTimeout: 30_000 });
  afterEach(() => {
    cleanup();
    // Files share one page: what a test has put into it itself would take the focus from the next one.
    document.body.replaceChildren();
    sessionStorage.clear();
    localStorage.clear();
  });
  // What jsdom has not: sizes of elements, and looks at media.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      addEventListener() {},
      removeEventListener() {},
    }) as unknown as MediaQueryList;
}
