//! The refresh protocol as a model, every reachable state of which is looked at: two clients, a server, messages that get lost,
//! programs that die, a store whose writes time out.
//!
//! The model's steps are those of `accounts/refreshing.rs`: take the lock, read the store, ask, keep the new token, let go. Its
//! server is that of the contract: the current token rotates, the parent is answered with the current one within its grace, all
//! else ends the session.

use std::collections::{HashSet, VecDeque};

/// Generations beyond this add no new shapes: only the distance to the current one matters.
const LAST: u8 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Client {
    Idle,
    /// Has the lock and this token from the store.
    Read(u8),
    /// The request is on its way.
    Asked(u8),
    /// The server has answered with this generation; the answer is on its way.
    Answered(u8),
    /// Holds the answer and has to keep it.
    Got(u8),
    /// Its write timed out; it has to read again. In memory it still has the token.
    InDoubt(u8),
    /// The store refused; the token is in memory alone, the lock is free, and it is kept with the next try.
    Unsaved(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct World {
    clients: [Client; 2],
    locked_by: Option<usize>,
    stored: u8,
    /// A write that timed out and may still be done.
    late_write: Option<u8>,
    /// `None`: the session was ended.
    current: Option<u8>,
    /// The parent is no longer accepted.
    grace_over: bool,
}

const START: World = World {
    clients: [Client::Idle; 2],
    locked_by: None,
    stored: 0,
    late_write: None,
    current: Some(0),
    grace_over: false,
};

impl World {
    fn with(mut self, n: usize, client: Client) -> Self {
        self.clients[n] = client;
        self
    }

    /// Lets go of the lock.
    fn done(mut self, n: usize, client: Client) -> Self {
        self.locked_by = None;
        self.with(n, client)
    }

    /// What the server does with a token that reaches it.
    fn serve(mut self, n: usize, token: u8) -> Self {
        match self.current {
            Some(current) if token == current => {
                self.current = Some(current + 1);
                self.grace_over = false;
                self.with(n, Client::Answered(current + 1))
            }
            Some(current) if token + 1 == current && !self.grace_over => self.with(n, Client::Answered(current)),
            _ => {
                self.current = None;
                self.done(n, Client::Idle)
            }
        }
    }

    /// Whether somebody holds a token that the server would take, now or when the answer on its way has come.
    fn has_a_holder(&self) -> bool {
        let Some(current) = self.current else { return true };
        let usable = |token: u8| token == current || (token + 1 == current && !self.grace_over);
        let in_memory = self.clients.iter().any(|client| match *client {
            Client::Got(token) | Client::InDoubt(token) | Client::Unsaved(token) => usable(token),
            _ => false,
        });
        usable(self.stored) || in_memory
    }

    fn steps(self, faults: Faults) -> Vec<World> {
        let mut next = Vec::new();
        for n in 0..2 {
            let at = self.clients[n];
            match at {
                Client::Idle | Client::Unsaved(_) if self.locked_by.is_none() => {
                    let mut held = self;
                    held.locked_by = Some(n);
                    next.push(match at {
                        // What is in memory is kept first; unless somebody else has gone on since, which shows in the file.
                        Client::Unsaved(token) if token > self.stored => held.with(n, Client::Got(token)),
                        _ => held.with(n, Client::Read(self.stored)),
                    });
                }
                Client::Read(token) if self.current.is_none_or(|current| current < LAST) => {
                    next.push(self.with(n, Client::Asked(token)));
                }
                Client::Asked(token) => {
                    next.push(self.serve(n, token));
                    // The request is lost.
                    next.push(self.done(n, Client::Idle));
                    // The server acts, and its answer is lost.
                    let mut acted = self.serve(n, token);
                    if let Client::Answered(_) = acted.clients[n] {
                        acted = acted.done(n, Client::Idle);
                    }
                    next.push(acted);
                }
                Client::Answered(token) => next.push(self.with(n, Client::Got(token))),
                Client::Got(token) => {
                    let mut kept = self;
                    kept.stored = token;
                    next.push(kept.done(n, Client::Idle));
                    next.push(self.done(n, Client::Unsaved(token)));
                    let mut late = self;
                    late.late_write = Some(token);
                    next.push(late.with(n, Client::InDoubt(token)));
                }
                Client::InDoubt(token) => {
                    let read = if self.stored == token {
                        Client::Idle
                    } else {
                        Client::Unsaved(token)
                    };
                    next.push(self.done(n, read));
                }
                _ => {}
            }
            // Dies, and with it whatever was only in its memory. Its lock is free.
            let dead = if self.locked_by == Some(n) {
                self.done(n, Client::Idle)
            } else {
                self.with(n, Client::Idle)
            };
            next.push(dead);
        }
        if let Some(token) = self.late_write {
            let mut written = self;
            written.late_write = None;
            next.push(written);
            // The lock outlives the write: a late one never replaces a newer token, because the store does one thing at a time.
            if token >= self.stored {
                written.stored = token;
                next.push(written);
            }
        }
        if faults.grace_may_end {
            let mut over = self;
            over.grace_over = true;
            next.push(over);
        }
        if faults.no_lock {
            for step in &mut next {
                step.locked_by = None;
            }
        }
        next
    }
}

#[derive(Clone, Copy, Default)]
struct Faults {
    /// More time passes than the server's grace, with a refresh whose answer was lost.
    grace_may_end: bool,
    /// Two clients that know nothing of a lock.
    no_lock: bool,
}

/// All states that can be reached, and the first found in which the session lives and nobody can go on with it.
fn explore(faults: Faults) -> (usize, Option<World>) {
    let mut seen = HashSet::from([START]);
    let mut open = VecDeque::from([START]);
    while let Some(world) = open.pop_front() {
        if !world.has_a_holder() {
            return (seen.len(), Some(world));
        }
        for next in world.steps(faults) {
            if seen.insert(next) {
                open.push_back(next);
            }
        }
    }
    (seen.len(), None)
}

/// Whether the session can be ended by the protocol itself.
fn ends(faults: Faults) -> bool {
    let mut seen = HashSet::from([START]);
    let mut open = VecDeque::from([START]);
    while let Some(world) = open.pop_front() {
        if world.current.is_none() {
            return true;
        }
        open.extend(world.steps(faults).into_iter().filter(|next| seen.insert(*next)));
    }
    false
}

#[test]
fn a_live_session_always_has_a_holder() {
    let (states, lost) = explore(Faults::default());
    assert_eq!(lost, None);
    assert!(states > 500, "only {states} states were looked at");
    assert!(!ends(Faults::default()), "a session was ended with nobody to blame");
}

/// What the contract does not promise: a lost answer that nobody asks for again within the grace. The plan asks again within five
/// minutes, the grace is ten; a computer that sleeps in between is the one case that is left.
#[test]
fn beyond_the_grace_a_lost_answer_is_lost() {
    let faults = Faults {
        grace_may_end: true,
        ..Faults::default()
    };
    assert!(explore(faults).1.is_some());
}

/// The lock is what holds it: without, the model finds the session that everybody complains about.
#[test]
fn without_the_lock_sessions_are_lost() {
    let faults = Faults {
        no_lock: true,
        ..Faults::default()
    };
    assert!(explore(faults).1.is_some() || ends(faults));
}
