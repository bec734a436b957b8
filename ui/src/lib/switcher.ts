import type { Bridge } from "./bridge";
import type { ServerView } from "./contract";
import { faceOf, summaryOf } from "./face";
import type { Page } from "./page.svelte";
import { matching } from "./search";
import { nameOf, plain } from "./text";
import { words } from "./words.svelte";

export type Entry = {
  id: string;
  group: "servers" | "actions";
  label: string;
  /** Beside the label. */
  detail: string;
  server: ServerView | null;
  /** What it does; the page goes there, or Rust is asked. */
  run: () => Promise<unknown> | undefined;
};

/** So many are looked through by eye. */
const MOST = 40;

/** Everything that the switcher can show or do. */
function entries(page: Page, onadd: () => void): Entry[] {
  const { switcher: says, servers, settings, doctor, about } = words();
  const shows = page.servers.map(
    (server): Entry => ({
      id: `show:${server.id}`,
      group: "servers",
      label: nameOf(server),
      detail: plain(summaryOf(server)),
      server,
      run: () => void page.open(server.id),
    }),
  );
  const act = (id: string, label: string, run: Entry["run"], server: ServerView | null = null): Entry => ({
    id,
    group: "actions",
    label,
    detail: "",
    server,
    run,
  });
  const acts = page.servers.flatMap((server) => actsOn(server, page.bridge, page).map(([id, label, run]) => act(`${id}:${server.id}`, label, run, server)));
  return [
    ...shows,
    act("add", servers.add, () => void onadd()),
    act("settings", settings.title, () => void page.go("settings")),
    act("doctor", doctor.title, () => void page.go("doctor")),
    act("about", about.title, () => void page.go("about")),
    ...acts,
  ].map((entry) => ({ ...entry, detail: entry.detail || (entry.group === "servers" ? says.show : "") }));
}

function actsOn(server: ServerView, bridge: Bridge, page: Page): Array<[string, string, Entry["run"]]> {
  const says = words().switcher;
  const name = nameOf(server);
  const { card } = faceOf(server);
  const list: Array<[string, string, Entry["run"]]> = [];
  if (!server.active && server.conflict?.kind !== "vanished") {
    // A question is no work to wait for: this dialog has to be gone before the focus can go there.
    list.push(["active", says.makeActive(name), () => (server.look.protected ? void page.switchTo(server) : page.switchTo(server))]);
  }
  if (card === "session" && server.state !== "locked") {
    list.push(["copy", says.copy(name), () => bridge.copyToken(server.id)]);
    list.push(["refresh", says.refresh(name), () => bridge.refreshNow(server.id)]);
    list.push(["sign-out", says.signOut(name), () => page.ending(() => bridge.signOut(server.id))]);
  }
  if (card === "sign-in") list.push(["sign-in", says.signIn(name), () => void page.open(server.id)]);
  return list;
}

/** What answers to what was typed. With nothing typed: the servers, and what is not about one of them. */
export function answers(typed: string, page: Page, onadd: () => void): Entry[] {
  const all = entries(page, onadd);
  if (typed.trim() === "") return all.filter((entry) => entry.group === "servers" || entry.server === null).slice(0, MOST);
  const textOf = (entry: Entry): string =>
    entry.group === "servers" && entry.server ? `${entry.label} ${entry.server.id} ${entry.server.url} ${entry.server.email ?? ""}` : entry.label;
  const found = matching(typed, all, textOf).slice(0, MOST);
  // The groups stay together.
  return [...found.filter((entry) => entry.group === "servers"), ...found.filter((entry) => entry.group === "actions")];
}
