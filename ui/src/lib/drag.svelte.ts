/** Further than this a press is a drag, pixels. */
const THRESHOLD = 6;

/** Moving an entry of a list with the pointer: which one is taken, and before which place it would be let go. */
export class Drag {
  taken = $state.raw<string | null>(null);
  /** From 0 to the number of entries: the gap it would go into. */
  gap = $state.raw<number | null>(null);
  #pressed: { id: string; y: number; pointer: number } | null = null;

  constructor(readonly dropped: (id: string, gap: number) => void) {}

  pressed(event: PointerEvent, id: string): void {
    this.cancel();
    if (event.button === 0 && event.isPrimary) this.#pressed = { id, y: event.clientY, pointer: event.pointerId };
  }

  moved(event: PointerEvent, list: HTMLElement): void {
    // It was let go outside the list, which heard nothing of it. (A finger or a pen counts as the first button.)
    if ((event.buttons & 1) === 0) return this.cancel();
    const pressed = this.#pressed;
    if (!pressed || event.pointerId !== pressed.pointer) return;
    if (this.taken === null && Math.abs(event.clientY - pressed.y) < THRESHOLD) return;
    if (this.taken === null) {
      this.taken = pressed.id;
      list.setPointerCapture(event.pointerId);
    }
    const middles = [...list.children].map((item) => {
      const { top, height } = item.getBoundingClientRect();
      return top + height / 2;
    });
    const below = middles.findIndex((middle) => event.clientY < middle);
    this.gap = below < 0 ? middles.length : below;
  }

  /** Whether that was the end of a drag, so that it is no click. */
  released(): boolean {
    const { taken, gap } = this;
    this.cancel();
    if (taken === null || gap === null) return false;
    this.dropped(taken, gap);
    return true;
  }

  cancel(): void {
    this.#pressed = null;
    this.taken = null;
    this.gap = null;
  }
}
