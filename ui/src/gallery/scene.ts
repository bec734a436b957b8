import type { Problem, ServerView, SessionState } from "../lib/contract";
import type { Bridge } from "../lib/bridge";
import { FakeBridge } from "./fake-bridge";
import { others, serverIn, snapshotOf } from "./made-up";

export type Scene = {
  bridge: () => FakeBridge;
  now?: number;
  /** What a person does first: elements to press (by test id), text to type, what to look at further down. */
  acts?: Array<{ press: string; /** Which of those, from 0. */ at?: number } | { type: string; text: string } | { focus: string } | { see: string }>;
};

export function refuse(problem: Problem): () => Promise<never> {
  return () => Promise.reject(problem);
}

/** That server above a few others. */
export function among(server: ServerView, answers: Partial<Bridge> = {}): () => FakeBridge {
  return () => new FakeBridge(snapshotOf([server, ...others]), answers);
}

export function inState(state: SessionState, changes: Partial<ServerView> = {}): () => FakeBridge {
  return among(serverIn(state, changes));
}
