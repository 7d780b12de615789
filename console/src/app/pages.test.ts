import { QueryClient } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import { PAGES, routeOf } from "./pages";
import { newRouter } from "./router";

const SIGN_IN = "/sign-in";

describe("the page of an address", () => {
  test.each(Object.keys(PAGES))("%s is found as the router finds it", (route) => {
    const path = route.replace(/\$\w+/, "5f0c");
    const [, , found] = newRouter(new QueryClient()).getMatchedRoutes(path);
    expect([routeOf(path), found?.fullPath]).toEqual([route, route]);
  });

  test("the beginning leads to the connectors", () => {
    expect(routeOf("/")).toBe("/tools/connectors");
    expect(routeOf("/tools/connectors/")).toBe("/tools/connectors");
  });

  test("an address of nobody has none", () => {
    expect(routeOf("/tools/nothing")).toBeUndefined();
    expect(routeOf("/tools/connectors/5f0c/nothing")).toBeUndefined();
    expect(routeOf("/__proto__")).toBeUndefined();
  });

  test("whoever signs in is not asked for who he is", () => {
    expect(routeOf(SIGN_IN)).toBe(SIGN_IN);
  });
});
