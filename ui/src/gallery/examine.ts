// What a picture cannot prove: looked at in the real web view, where there are a layout, colours and a focus.
import axe from "axe-core";

const CONTROLS = "button, input:not([type=hidden]):not([hidden]), select, textarea, summary, a[href], [role=tab], [role=option]";

/** Everything that is wrong with the page as it stands; each a sentence. */
export async function examine(): Promise<string[]> {
  if (!document.hasFocus()) return ["the window does not have the keyboard, so nothing can be said of the focus"];
  // What appears after a moment is there then.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { violations } = await axe.run();
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `axe: ${id}: ${node.html} (${node.any[0]?.message ?? node.all[0]?.message ?? ""})`));
  return [...found, ...tooWide(), ...clipped(), ...overlapping(), ...withoutRing()];
}

/** Under a dialog nothing is looked at: it cannot be reached. */
function scope(): ParentNode {
  return document.querySelector("dialog[open]") ?? document.body;
}

function seen(element: Element): boolean {
  if (element.closest(".unseen") || !element.checkVisibility({ visibilityProperty: true })) return false;
  const { width, height } = element.getBoundingClientRect();
  return width > 1 && height > 1;
}

function named(element: Element): string {
  const text = element.textContent?.replace(/\s+/g, " ").trim().slice(0, 40) ?? "";
  return `<${element.localName}${element.className ? ` class="${element.getAttribute("class") ?? ""}"` : ""}> “${text}”`;
}

/** Nothing stands out of the window to the side; only what scrolls by itself may be wider. */
function tooWide(): string[] {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const out = [...scope().querySelectorAll("*")].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return seen(element) && (right > innerWidth + 1 || left < -1) && !inScroller(element);
  });
  // What scrolls to the side has a stop for the keyboard; a whole page never does.
  const scrolling = [...scope().querySelectorAll("*")].filter((element) => {
    const { overflowX } = getComputedStyle(element);
    const scrolls = overflowX === "auto" || overflowX === "scroll";
    return scrolls && seen(element) && element.scrollWidth > element.clientWidth + 1 && !element.matches("[tabindex='0'], input");
  });
  out.push(...scrolling);
  return [...(wide > 0 ? [`wide: the page is ${wide} px wider than the window`] : []), ...out.map((element) => `wide: ${named(element)} stands out, or scrolls to the side`)];
}

function inScroller(element: Element): boolean {
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    const { overflowX } = getComputedStyle(parent);
    if (overflowX === "auto" || overflowX === "scroll" || overflowX === "hidden" || overflowX === "clip") return true;
  }
  return false;
}

/** A text that does not fit ends in dots and can be read whole in its title; none is just cut. */
function clipped(): string[] {
  return [...scope().querySelectorAll<HTMLElement>("*")].flatMap((element) => {
    const style = getComputedStyle(element);
    const hides = style.overflowX === "hidden" || style.overflowX === "clip";
    const holdsText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    if (!seen(element) || !hides || !holdsText || element.scrollWidth <= element.clientWidth + 1) return [];
    if (style.textOverflow !== "ellipsis") return [`clipped: ${named(element)}`];
    return element.closest("[title]") || element.closest("[role=option]") || element.closest(".search") ? [] : [`clipped without a title: ${named(element)}`];
  });
}

/** Controls stand beside each other. */
function overlapping(): string[] {
  const controls = [...scope().querySelectorAll(CONTROLS)].filter(seen);
  const boxes = controls.map((element) => ({ element, box: shown(element) }));
  const found: string[] = [];
  for (const [at, one] of boxes.entries()) {
    for (const other of boxes.slice(at + 1)) {
      if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 2 && down > 2) found.push(`overlap: ${named(one.element)} and ${named(other.element)}`);
    }
  }
  return found;
}

/** The part of an element that its scrolling ancestors leave of it. */
function shown(element: Element): { left: number; right: number; top: number; bottom: number } {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const box = { left, right, top, bottom };
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    if (getComputedStyle(parent).overflowY === "visible") continue;
    const around = parent.getBoundingClientRect();
    box.left = Math.max(box.left, around.left);
    box.right = Math.min(box.right, around.right);
    box.top = Math.max(box.top, around.top);
    box.bottom = Math.min(box.bottom, around.bottom);
  }
  return box;
}

/** Whoever walks by the keyboard sees where they are. */
function withoutRing(): string[] {
  const before = document.activeElement;
  const stops = [...scope().querySelectorAll<HTMLElement>(`${CONTROLS}, [tabindex="0"]`)].filter(
    (element) => seen(element) && !element.matches(":disabled, [tabindex='-1'], [role=option]"),
  );
  const found: string[] = [];
  for (const [at, element] of stops.entries()) {
    // A control that is drawn by what follows it has its ring there. What is drawn without the focus is known while another has it.
    const drawn = (): string => `${look(element)} ${element.nextElementSibling ? look(element.nextElementSibling) : ""}`;
    if (document.activeElement === element) {
      const other = stops[at + 1] ?? stops[at - 1];
      if (other) other.focus({ preventScroll: true });
      else element.blur();
    }
    const calm = drawn();
    element.focus({ preventScroll: true });
    if (document.activeElement === element && drawn() === calm) found.push(`no focus ring: ${named(element)}`);
  }
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return found;
}

function look(element: Element): string {
  const { outlineStyle, outlineWidth, boxShadow, opacity } = getComputedStyle(element);
  return `${outlineStyle === "none" || opacity === "0" ? "" : outlineWidth} ${opacity === "0" ? "" : boxShadow}`;
}
