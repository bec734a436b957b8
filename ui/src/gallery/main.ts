// Development only: draws one scene, named by the address's hash, without Rust behind it.
import { flushSync, mount } from "svelte";

import App from "../App.svelte";
import { pageLoaded } from "../lib/loaded";
import "../theme.css";
import "./gallery.css";
import { NOW } from "./made-up";
import type { Scene } from "./scene";
import { SCENES } from "./scenes";

/** What the window's content policy would have stopped. */
const broken: string[] = [];
document.addEventListener("securitypolicyviolation", (event) => {
  broken.push(`policy: ${event.violatedDirective} stopped ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
});

const [name = "", ...flags] = location.hash.slice(1).split("+");
// The window does this, and the page must live with it; axe cannot.
if (!flags.includes("examine")) Object.freeze(Object.prototype);
await pageLoaded();
const scene = SCENES[name];
if (scene) await draw(scene);
else list();
if (flags.includes("spoilt")) spoil();
if (flags.includes("examine")) {
  const { examine } = await import("./examine");
  document.documentElement.dataset.findings = JSON.stringify([...(await examine()), ...broken]);
}
// Whoever takes the picture waits for this.
document.documentElement.dataset.scenes = JSON.stringify(Object.keys(SCENES));
document.documentElement.dataset.drawn = "true";

async function draw(scene: Scene): Promise<void> {
  const bridge = scene.bridge();
  const { preferences } = bridge.current;
  const theme = flags.includes("dark") ? "dark" : "light";
  bridge.current = { ...bridge.current, preferences: { ...preferences, theme, language: flags.includes("de") ? "de" : preferences.language } };
  mount(App, { target: target(), props: { bridge } });
  if (flags.includes("large")) document.documentElement.classList.add("large");
  await settled();
  bridge.tell(scene.now ?? NOW);
  for (const act of scene.acts ?? []) {
    await settled();
    const id = "press" in act ? act.press : "type" in act ? act.type : "see" in act ? act.see : act.focus;
    const found = document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`);
    const element = found[("press" in act && act.at) || 0];
    if ("press" in act) element?.click();
    else if ("focus" in act) element?.focus();
    else if ("see" in act) element?.scrollIntoView({ block: "center" });
    else if (element instanceof HTMLInputElement) {
      element.focus();
      element.value = act.text;
      element.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  await settled();
  // Before the first snapshot the system says which; here it has no say.
  document.documentElement.dataset.theme = theme;
  // What appears only where it takes long is what those pictures are about.
  const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
  await Promise.all(ending.map(({ finished }) => finished));
}

async function settled(): Promise<void> {
  flushSync();
  await new Promise((resolve) => requestAnimationFrame(resolve));
  flushSync();
}

/** Has one of each thing that the rules look for. */
function spoil(): void {
  const text = "a text that is longer than its place is wide";
  for (const kind of ["clipped", "wide", "over", "over", "ringless"]) {
    const element = document.createElement("button");
    element.className = `spoilt-${kind}`;
    element.textContent = text;
    target().append(element);
  }
  const picture = document.createElement("img");
  picture.src = "https://evil.example/x.png";
  target().append(picture);
}

function list(): void {
  for (const name of Object.keys(SCENES)) {
    const link = document.createElement("a");
    link.href = `#${name}`;
    link.textContent = name;
    link.addEventListener("click", () => setTimeout(() => location.reload()));
    const line = document.createElement("p");
    line.append(link);
    target().append(line);
  }
}

function target(): HTMLElement {
  const element = document.getElementById("app");
  if (!element) throw new Error("gallery.html has lost its #app element");
  return element;
}
