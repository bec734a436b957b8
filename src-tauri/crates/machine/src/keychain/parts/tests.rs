use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;

const LIMIT: usize = 128;

/// A keychain in memory. Its program ends at a chosen change, before or right after it.
#[derive(Clone)]
struct Memory {
    items: RefCell<BTreeMap<String, Vec<u8>>>,
    changes_left: Cell<usize>,
    last_one_is_done: bool,
}

impl Memory {
    fn new() -> Self {
        Self {
            items: RefCell::default(),
            changes_left: Cell::new(usize::MAX),
            last_one_is_done: false,
        }
    }

    fn cut(&self, changes: usize, last_one_is_done: bool) -> Self {
        Self {
            changes_left: Cell::new(changes),
            last_one_is_done,
            ..self.clone()
        }
    }

    /// The next program on the same machine.
    fn next(&self) -> Self {
        self.cut(usize::MAX, false)
    }

    fn change(&self, act: impl FnOnce()) -> Result<(), VaultError> {
        let left = self.changes_left.get();
        self.changes_left.set(left.saturating_sub(1));
        if left > 1 || (left == 1 && self.last_one_is_done) {
            act();
        }
        if left > 1 {
            Ok(())
        } else {
            Err(failed("the program ended"))
        }
    }
}

impl Shelf for Memory {
    fn get(&self, item: &Item) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        Ok(self.items.borrow().get(&item.user).cloned().map(Zeroizing::new))
    }

    fn put(&self, item: &Item, bytes: &[u8]) -> Result<(), VaultError> {
        assert!(bytes.len() <= LIMIT, "an item of {} bytes", bytes.len());
        self.change(|| drop(self.items.borrow_mut().insert(item.user.clone(), bytes.to_vec())))
    }

    fn remove(&self, item: &Item) -> Result<(), VaultError> {
        self.change(|| drop(self.items.borrow_mut().remove(&item.user)))
    }
}

fn item() -> Item {
    Item {
        user: "prod@https://auth.example.com/default".to_owned(),
        label: "FlowState: prod".to_owned(),
    }
}

fn secret(letter: char, length: usize) -> Secret {
    Secret::new(letter.to_string().repeat(length))
}

fn keep(shelf: &Memory, secret: &Secret) -> Result<(), VaultError> {
    write(shelf, &item(), secret, LIMIT, &|| true)
}

#[test]
fn a_short_secret_is_one_item_as_it_always_was() {
    let shelf = Memory::new();
    keep(&shelf, &secret('a', LIMIT)).unwrap();
    assert_eq!(
        *shelf.items.borrow(),
        BTreeMap::from([(item().user, vec![b'a'; LIMIT])])
    );
    assert_eq!(read(&shelf, &item()).unwrap(), Some(secret('a', LIMIT)));
}

#[test]
fn a_long_one_is_split_and_leaves_nothing() {
    let shelf = Memory::new();
    for (letter, length) in [('a', LIMIT + 1), ('b', 10 * LIMIT), ('c', 2 * LIMIT)] {
        keep(&shelf, &secret(letter, length)).unwrap();
        assert_eq!(read(&shelf, &item()).unwrap(), Some(secret(letter, length)));
        assert_eq!(
            shelf.items.borrow().len(),
            2 + length.div_ceil(LIMIT),
            "old parts stayed"
        );
    }
    keep(&shelf, &secret('d', 3)).unwrap();
    assert_eq!(shelf.items.borrow().len(), 1, "parts of what was long stayed");
    keep(&shelf, &secret('e', 5 * LIMIT)).unwrap();
    delete(&shelf, &item()).unwrap();
    assert!(shelf.items.borrow().is_empty());
}

#[test]
fn a_secret_that_looks_like_a_list_of_parts_comes_back_as_it_is() {
    let shelf = Memory::new();
    let odd = Secret::new(format!("{MARK}1 abc 3 77"));
    keep(&shelf, &odd).unwrap();
    assert_eq!(read(&shelf, &item()).unwrap(), Some(odd));
}

#[test]
fn one_that_is_too_long_for_all_parts_is_refused_and_the_old_one_stays() {
    let shelf = Memory::new();
    keep(&shelf, &secret('a', 3 * LIMIT)).unwrap();
    for length in [MOST_PARTS * LIMIT + 1, LONGEST + 1] {
        let error = keep(&shelf, &secret('b', length)).unwrap_err();
        assert_eq!(error, VaultError::TooLong { length });
    }
    keep(&shelf, &secret('c', MOST_PARTS * LIMIT)).unwrap();
    let wide = write(&shelf, &item(), &secret('b', LONGEST + 1), usize::MAX, &|| true);
    assert_eq!(wide, Err(VaultError::TooLong { length: LONGEST + 1 }));
    assert_eq!(read(&shelf, &item()).unwrap(), Some(secret('c', MOST_PARTS * LIMIT)));
}

/// Every change of the shelf is the last one once, not done and done.
#[test]
fn whenever_the_program_ends_the_old_secret_or_the_new_one_is_there_whole() {
    let olds = [
        None,
        Some(secret('a', 9)),
        Some(secret('b', 300)),
        Some(secret('c', 1000)),
    ];
    let news = [
        None,
        Some(secret('x', 9)),
        Some(secret('y', 300)),
        Some(secret('z', 2000)),
    ];
    let mut ends = 0;
    for (old, new) in olds.iter().flat_map(|old| news.iter().map(move |new| (old, new))) {
        for last_one_is_done in [false, true] {
            for changes in 1.. {
                let shelf = Memory::new();
                if let Some(old) = old {
                    keep(&shelf, old).unwrap();
                }
                let shelf = shelf.cut(changes, last_one_is_done);
                let done = match new {
                    Some(new) => keep(&shelf, new),
                    None => delete(&shelf, &item()),
                };
                let ended = shelf.changes_left.get() == 0;
                let shelf = shelf.next();
                let found = read(&shelf, &item()).unwrap();
                assert!(found == *old || found == *new, "a mixture after {changes} changes");
                assert!(
                    done.is_err() || found == *new,
                    "told that it was done after {changes} changes"
                );
                after_the_end(&shelf);
                if !ended {
                    break;
                }
                ends += 1;
            }
        }
    }
    assert!(ends > 200, "only {ends} ends were tried");
}

/// The next program finds and removes all that was left.
fn after_the_end(shelf: &Memory) {
    let written = shelf.next();
    keep(&written, &secret('n', 300)).unwrap();
    assert_eq!(written.items.borrow().len(), 5, "{:?}", written.items.borrow().keys());
    let deleted = shelf.next();
    delete(&deleted, &item()).unwrap();
    assert!(deleted.items.borrow().is_empty(), "{:?}", deleted.items.borrow().keys());
}

#[test]
fn what_nobody_waits_for_any_more_does_not_replace_the_secret() {
    let shelf = Memory::new();
    keep(&shelf, &secret('a', 300)).unwrap();
    write(&shelf, &item(), &secret('b', 300), LIMIT, &|| false).unwrap_err();
    assert_eq!(read(&shelf, &item()).unwrap(), Some(secret('a', 300)));
    keep(&shelf, &secret('c', 300)).unwrap();
    assert_eq!(shelf.items.borrow().len(), 5, "parts of what was given up stayed");
}

#[test]
fn a_missing_part_is_a_lost_secret_and_a_newer_version_is_told_of() {
    let shelf = Memory::new();
    keep(&shelf, &secret('a', 300)).unwrap();
    let part = named(&shelf, &item()).unwrap().unwrap();
    shelf.remove(&item().part(&part.name, 2)).unwrap();
    assert_eq!(read(&shelf, &item()).unwrap(), None);
    shelf.put(&item(), b"flowstate-parts 2 something else").unwrap();
    let error = read(&shelf, &item()).unwrap_err().to_string();
    assert!(error.contains("newer version"), "{error}");
    delete(&shelf, &item()).unwrap();
    assert_eq!(read(&shelf, &item()).unwrap(), None);
}
