import { parse, type AST } from "svelte/compiler";
import { afterEach, describe, expect, it } from "vitest";

import { spell } from "./duration";
import { FIELDS } from "./server-editor.svelte";
import { told } from "./told";
import { speak, words } from "./words.svelte";
import { de } from "./words/de";
import { en } from "./words/en";

/** What Rust's rules and the shell may refuse with; `internal` and `passphrase_needed` are not said by their code. */
const CODES = [
  ...["autostart", "bad_token", "busy", "changed_meanwhile", "clipboard", "code_attempts_exceeded", "code_expired", "code_invalid", "config_not_written"],
  ...["config_read_only", "config_unusable", "conflict", "invalid_code", "invalid_email", "invalid_server", "invalid_token", "left_behind", "locked"],
  ...["no_code_requested", "no_copy", "not_an_auth_server", "not_an_export", "not_opened", "not_there", "not_written", "nothing_to_settle"],
  ...["nothing_to_undo", "offline", "protected", "rate_limited", "refused", "server_never_told", "server_not_told", "server_too_old", "settings_unusable", "sign_in_needed"],
  ...["signed_out", "store_absent", "store_fixed", "store_unavailable", "too_soon", "unknown_domain", "unknown_server", "wrong_domain", "wrong_passphrase"],
];

afterEach(() => speak("en", ["en"]));

/** Every sentence of a catalogue by its path; functions are called with values that show. */
function sentences(catalogue: object, path = ""): Array<[string, string]> {
  return Object.entries(catalogue).flatMap(([name, value]: [string, unknown]) => {
    const here = path === "" ? name : `${path}.${name}`;
    if (typeof value === "string") return [[here, value]];
    if (typeof value === "function") return [[here, String((value as (...args: unknown[]) => unknown)(2, 2, 2))]];
    return typeof value === "object" && value !== null ? sentences(value, here) : [];
  });
}

function valuesIn(sentence: string): string[] {
  return [...sentence.matchAll(/\{\w+\}/g)].map(([value]) => value).sort();
}

/** The same word in both. */
const ALIKE = new Set([
  ...["app", "states.offline", "dialog.name", "dialog.domain", "closer.claims", "claims.names.domainId", "claims.names.orgId", "look.colors.orange"],
  ...["settings.start", "settings.languages.en", "settings.languages.de", "about.version", "about.system", "about.name"],
]);

describe("the catalogue", () => {
  it("has each sentence in both languages, with the same values in it", () => {
    const german = new Map(sentences(de));
    for (const [path, sentence] of sentences(en)) {
      expect(german.get(path), path).toBeTruthy();
      expect(valuesIn(german.get(path) ?? ""), path).toEqual(valuesIn(sentence));
    }
  });

  it("was translated, not copied", () => {
    const english = new Map(sentences(en));
    const same = sentences(de).filter(([path, sentence]) => english.get(path) === sentence && /\p{L}{4}/u.test(sentence));
    expect(same.map(([path]) => path).filter((path) => !ALIKE.has(path))).toEqual([]);
  });

  it("is the only place with words: no component has any of its own", () => {
    const components: Record<string, string> = import.meta.glob(["./components/*.svelte", "../App.svelte"], {
      query: "?raw",
      import: "default",
      eager: true,
    });
    expect(Object.keys(components).length).toBeGreaterThan(20);
    for (const [path, source] of Object.entries(components)) {
      expect(own(parse(source, { modern: true }).fragment), path).toEqual([]);
    }
  });
});

/** Attributes that are read by people. */
const READ = new Set(["title", "label", "placeholder", "hint", "aria-label", "alt"]);

/** The words that stand in the markup itself. Names of commands stay as they are in every language. */
function own(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(own);
  if (typeof node !== "object" || node === null) return [];
  const { type } = node as AST.BaseNode;
  if (type === "Text") return /\p{L}{2}/u.test((node as AST.Text).data) ? [(node as AST.Text).data.trim()] : [];
  if (type === "Attribute") return READ.has((node as AST.Attribute).name) ? own((node as AST.Attribute).value) : [];
  if (type === "RegularElement" && (node as AST.RegularElement).name === "code") return [];
  return Object.values(node).flatMap(own);
}

describe("the language", () => {
  it.each([
    [null, ["de-AT", "en"], "de"],
    [null, ["fr-FR", "en-GB"], "en"],
    [null, ["fr-FR"], "en"],
    [null, [], "en"],
    ["de", ["en-US"], "de"],
    ["en", ["de-DE"], "en"],
  ] as const)("wished %s, preferred %j: %s", (wish, preferred, spoken) => {
    speak(wish, preferred);
    expect(words()).toBe(spoken === "de" ? de : en);
    expect(document.documentElement.lang).toBe(spoken);
  });

  it("is that of times and numbers, too", () => {
    speak("de", ["de-DE"]);
    expect(spell(1_234 * 86_400_000)).toBe("1.234 Tage");
    expect(spell(2 * 3_600_000 + 5 * 60_000)).toBe("2 Std. 5 min");
    speak("en", ["en-US"]);
    expect(spell(1_234 * 86_400_000)).toBe("1,234 days");
  });

  it("has its own words for what Rust says, where it is not Rust's", () => {
    const problem = { code: "offline", message: "It could not be reached.", field: null };
    expect(told(problem)).toBe("It could not be reached.");
    speak("de", ["de"]);
    expect(told(problem)).toMatch(/^Der Server ist nicht erreichbar/);
    expect(told({ ...problem, code: "a_new_one" })).toBe("It could not be reached.");
  });

  it.each(CODES)("has words of its own in German for %s", (code) => {
    speak("de", ["de"]);
    expect(told({ code, message: "In English.", field: null })).not.toBe("In English.");
  });

  it("says of each field of a form what is wrong with it", () => {
    speak("de", ["de"]);
    const wrong = FIELDS.map((field) => told({ code: "invalid_server", message: "In English.", field }));
    expect(new Set(wrong).size).toBe(FIELDS.length);
    expect(wrong.join(" ")).not.toContain("In English.");
  });
});
