/** A question that has come puts the focus on the answer that changes nothing, its last, and comes into view whole: the focus alone brings up only the button. */
export function intoQuestion(box: HTMLElement): void {
  box.querySelector<HTMLElement>("button:last-of-type")?.focus();
  box.scrollIntoView({ block: "nearest" });
}
