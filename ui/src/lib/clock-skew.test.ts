import { expect, it } from "vitest";

import { skewOf } from "./clock-skew";

it.each([
  [600, "10 min behind the server's"],
  [-600, "10 min ahead of the server's"],
  [61, "1 min behind the server's"],
  [-3_629, "1 h ahead of the server's"],
  [93_600, "1 day 2 h behind the server's"],
])("a server that is %d s ahead means that our clock is %s", (seconds, words) => {
  expect(skewOf(seconds)).toContain(`This computer's clock is ${words}.`);
});
