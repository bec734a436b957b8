/** A token on show. Dropping it also discards one that is still on its way. */
export class Revealed {
  token = $state.raw<string | null>(null);
  #turn = 0;

  /** Shows what `load` gives, unless it was dropped meanwhile. */
  async show(load: () => Promise<string>): Promise<void> {
    const turn = ++this.#turn;
    const token = await load();
    if (turn === this.#turn) this.token = token;
  }

  drop(): void {
    this.#turn += 1;
    this.token = null;
  }
}
