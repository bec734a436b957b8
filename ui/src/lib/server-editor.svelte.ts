import { SvelteSet } from "svelte/reactivity";

import { asProblem, type Bridge } from "./bridge";
import type { Problem, ServerForm, ServerLook, ServerView } from "./contract";
import { told } from "./told";

export type FormField = keyof ServerForm;

/** In the order they stand in the dialog. */
export const FIELDS: readonly FormField[] = ["name", "url", "domainId", "id"];

const NO_LOOK: ServerLook = { color: null, protected: false, fallBackMinutes: null };
const KEYS = ["color", "protected", "fallBackMinutes"] as const;

/** What is being typed about a server, and what Rust says about it. */
export class ServerEditor {
  form = $state<ServerForm>({ id: "", name: "", url: "", domainId: "" });
  look = $state<ServerLook>({ color: null, protected: false, fallBackMinutes: null });
  saving = $state(false);
  #problems = $state.raw<Problem[]>([]);
  /** Fields a person has left; the others are not complained about until they save. */
  #left = new SvelteSet<FormField>();
  #asked = 0;
  /** What a first save has added already, where the second half of it failed. */
  #added: string | undefined;

  constructor(
    readonly bridge: Bridge,
    readonly editing: ServerView | null,
  ) {
    if (editing) {
      const { id, name, url, domainId } = editing;
      this.form = { id, name, url, domainId };
      this.look = { ...editing.look };
    }
  }

  /** What to say under a field. */
  problemAt(field: FormField): string | null {
    if (!this.#left.has(field)) return null;
    const problem = this.#problems.find((problem) => problem.field === field);
    return problem ? told(problem) : null;
  }

  /** What to say about the whole form. */
  get general(): Problem | null {
    return this.#problems.find((problem) => !isField(problem.field)) ?? null;
  }

  get firstWrong(): FormField | null {
    return FIELDS.find((field) => this.problemAt(field) !== null) ?? null;
  }

  /** A changed session: the secrets of the old address are of no use at the new one. */
  get endsSession(): boolean {
    const { editing, form } = this;
    return editing !== null && editing.email !== null && (editing.url !== form.url.trim() || editing.domainId !== form.domainId.trim());
  }

  typed(field: FormField): void {
    this.#problems = this.#problems.filter((problem) => isField(problem.field) && problem.field !== field);
  }

  async left(field: FormField): Promise<void> {
    if (this.form[field].trim() === "") return;
    this.#left.add(field);
    await this.#check();
  }

  /** Gives the id of what was saved, or null where something is wrong. */
  async save(): Promise<string | null> {
    if (this.saving) return null;
    this.saving = true;
    for (const field of FIELDS) this.#left.add(field);
    try {
      if (this.#added === undefined && !(await this.#check())) return null;
      const form = $state.snapshot(this.form);
      const id = await this.#saved(form);
      const look = $state.snapshot(this.look);
      const before = this.editing?.look ?? NO_LOOK;
      if (KEYS.some((key) => look[key] !== before[key])) await this.bridge.setLook(id, look);
      return id;
    } catch (rejection) {
      this.#problems = [asProblem(rejection)];
      return null;
    } finally {
      this.saving = false;
    }
  }

  async #saved(form: ServerForm): Promise<string> {
    const { editing, bridge } = this;
    if (!editing) return (this.#added ??= await bridge.addServer(form));
    const same = FIELDS.every((field) => form[field].trim() === editing[field]);
    // Only how it looks was changed: the shared file is nobody's concern then.
    if (!same) await bridge.editServer(editing.id, form);
    return form.id.trim() || editing.id;
  }

  /** Places a problem that another request about this form met. */
  placed(problem: Problem): void {
    if (isField(problem.field)) this.#left.add(problem.field);
    this.#problems = [...this.#problems.filter((other) => other.field !== problem.field), problem];
  }

  async #check(): Promise<boolean> {
    const turn = ++this.#asked;
    try {
      const problems = await this.bridge.checkServer($state.snapshot(this.form), this.editing?.id ?? null);
      // An older answer is about text that has changed since.
      if (turn === this.#asked) this.#problems = problems;
      return problems.length === 0;
    } catch (rejection) {
      this.#problems = [asProblem(rejection)];
      return false;
    }
  }
}

function isField(name: string | null): name is FormField {
  return FIELDS.some((field) => field === name);
}
