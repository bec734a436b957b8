import axe from "axe-core";
import { expect, it } from "vitest";

import { NOW } from "../gallery/made-up";
import { SCENES } from "../gallery/scenes";
import { find, press, raise, settle, type } from "./stage";

// No layout here, so no colours: the gallery examines those in a real browser.
const options: axe.RunOptions = { rules: { "color-contrast": { enabled: false } } };

it.each(Object.keys(SCENES))("axe finds nothing in the scene %s", async (name) => {
  document.documentElement.lang = "en";
  document.title = "FlowState Accounts";
  const scene = SCENES[name];
  if (!scene) throw new Error("the scene is in the list");
  const made = scene.bridge();
  const bridge = await raise(made.current, made);
  bridge.tell(scene.now ?? NOW);
  await settle();
  for (const act of scene.acts ?? []) {
    if ("press" in act) await press(act.press, act.at);
    else if ("focus" in act) find(act.focus)?.focus();
    else if ("type" in act && find(act.type)) await type(act.type, act.text);
  }
  const { violations } = await axe.run(document, options);
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)])).toEqual([]);
  // Two hundred servers are many for a page without a layout.
}, 60_000);
