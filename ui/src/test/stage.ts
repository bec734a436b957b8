// The whole page on a fake bridge, and the hands and eyes of a person before it.
import { flushSync, mount, tick, unmount } from "svelte";
import { afterEach, expect } from "vitest";

import App from "../App.svelte";
import { FakeBridge } from "../gallery/fake-bridge";
import { NOW } from "../gallery/made-up";
import type { Bridge } from "../lib/bridge";
import type { Problem, Snapshot } from "../lib/contract";

let leave: (() => Promise<void>) | null = null;

afterEach(async () => {
  await leave?.();
  leave = null;
  document.body.replaceChildren();
});

/** Draws the page; every answer the bridge has ready has been shown when this resolves. */
export async function raise(snapshot: Snapshot, answers: Partial<Bridge> = {}): Promise<FakeBridge> {
  const bridge = new FakeBridge(snapshot, answers);
  const app = mount(App, { target: document.body, props: { bridge } });
  leave = () => unmount(app);
  await settle();
  bridge.tell(NOW);
  await settle();
  return bridge;
}

/** Lets every promise that is ready run, and draws. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    await tick();
    flushSync();
  }
}

export function find(testid: string): HTMLElement | null {
  return document.querySelector(`[data-testid="${testid}"]`);
}

export function get(testid: string): HTMLElement {
  const element = find(testid);
  expect(element, `nothing on the page is ${testid}`).not.toBeNull();
  return element as HTMLElement;
}

export function input(testid: string): HTMLInputElement {
  const element = get(testid);
  expect(element).toBeInstanceOf(HTMLInputElement);
  return element as HTMLInputElement;
}

export function said(testid: string): string {
  return get(testid).textContent.replace(/\s+/g, " ").trim();
}

export async function press(testid: string, at = 0): Promise<void> {
  const element = document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)[at] ?? get(testid);
  // A real press brings the focus along.
  element.focus();
  element.click();
  await settle();
}

/** Puts text into a field as typing or a paste does: the new value, then one event. */
export async function type(testid: string, text: string): Promise<void> {
  const field = input(testid);
  field.focus();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await settle();
}

export async function key(target: Element, name: string, init: KeyboardEventInit = {}): Promise<void> {
  target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...init }));
  await settle();
}

export function problem(code: string, message: string, field: string | null = null): Problem {
  return { code, message, field };
}

export function refuse(with_: Problem): () => Promise<never> {
  return () => Promise.reject(with_);
}

/** A promise to answer by hand. */
export function held<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (problem: Problem) => void } {
  let resolve!: (value: T) => void;
  let reject!: (problem: Problem) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
