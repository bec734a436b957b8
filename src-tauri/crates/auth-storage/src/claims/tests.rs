use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::storage::{Document, Version};
use serde_json::json;

use super::*;

const KIND: Kind = Kind::User;
const VALUE: &str = "d,ada@example.com";

/// A board in memory, with a record of each id that it is told of.
#[derive(Default)]
struct Memory {
    entries: Mutex<HashMap<String, (Entry, u64)>>,
    records: Mutex<Vec<&'static str>>,
    steps: AtomicUsize,
}

#[async_trait]
impl Board for Memory {
    type Tag = u64;

    async fn look(&self, _: Kind, _: &Index, value: &str) -> Result<Option<(Entry, u64)>, StorageError> {
        self.step();
        Ok(self.entries.lock().unwrap().get(value).cloned())
    }

    async fn put(
        &self,
        _: Kind,
        (_, value): (&Index, &str),
        entry: &Entry,
        before: Option<&u64>,
    ) -> Result<Option<u64>, StorageError> {
        let mut entries = self.entries.lock().unwrap();
        let there = entries.get(value).map(|(_, tag)| *tag);
        if there.as_ref() != before {
            return Ok(None);
        }
        let tag = there.unwrap_or_default() + 1;
        entries.insert(value.to_owned(), (entry.clone(), tag));
        Ok(Some(tag))
    }

    async fn record(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        self.step();
        let json = json!({"id": id, "domainId": "d", "email": "ada@example.com"}).to_string();
        let there = self.records.lock().unwrap().contains(&id);
        let id = id.to_owned();
        let document = Document { kind, id, json };
        let version = Version("1".to_owned());
        Ok(there.then_some(Stored { document, version }))
    }

    async fn no_record(&self, _: Kind) -> Result<(), StorageError> {
        self.step();
        Ok(())
    }
}

impl Memory {
    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    fn index() -> &'static Index {
        KIND.indexes().next().unwrap()
    }

    async fn claim(&self, id: &str) -> Result<Claim<u64>, StorageError> {
        Claim::make(self, KIND, (UniqueKey::Address, Self::index(), VALUE), id).await
    }

    fn write(&self, id: &'static str) {
        self.records.lock().unwrap().push(id);
    }

    async fn owner(&self) -> Option<String> {
        let owner = owner(self, KIND, Self::index(), VALUE).await.unwrap();
        owner.map(|stored| stored.document.id)
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_after_a_takeover_has_lost() {
    let board = Memory::default();
    let slow = board.claim("slow").await.unwrap();
    let quick = board.claim("quick").await.unwrap();
    // Both have written their records by now; one of them may stay.
    board.write("slow");
    board.write("quick");
    assert!(!slow.confirm(&board).await.unwrap());
    assert!(quick.confirm(&board).await.unwrap());
    assert_eq!(board.owner().await.as_deref(), Some("quick"));
    let late = board.claim("late").await.unwrap_err();
    assert!(
        matches!(
            late,
            StorageError::Conflict {
                key: UniqueKey::Address,
                ..
            }
        ),
        "{late:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_record_comes_is_not_taken_over() {
    let board = Memory::default();
    let first = board.claim("first").await.unwrap();
    let writing = async {
        tokio::time::sleep(PATIENCE / 2).await;
        board.write("first");
    };
    let (second, ()) = tokio::join!(board.claim("second"), writing);
    assert!(matches!(second, Err(StorageError::Conflict { .. })), "{second:?}");
    // The second has confirmed it meanwhile; the first need not know.
    assert!(first.confirm(&board).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_a_record_before_its_claim_is_confirmed_confirms_it() {
    let board = Memory::default();
    let killed = board.claim("killed").await.unwrap();
    assert_eq!(board.owner().await, None);
    board.write("killed");
    assert_eq!(board.owner().await.as_deref(), Some("killed"));
    let other = board.claim("other").await;
    assert!(matches!(other, Err(StorageError::Conflict { .. })), "{other:?}");
    drop(killed);
}

#[tokio::test(start_paused = true)]
async fn what_was_withdrawn_or_given_up_is_free_at_once() {
    let board = Memory::default();
    board.claim("first").await.unwrap().withdraw(&board).await.unwrap();
    let before = Instant::now();
    let second = board.claim("second").await.unwrap();
    board.write("second");
    assert!(second.confirm(&board).await.unwrap());
    // It still has the value: nothing is given up.
    give_up(&board, KIND, Memory::index(), VALUE, "second").await.unwrap();
    assert_eq!(board.owner().await.as_deref(), Some("second"));
    board.records.lock().unwrap().clear();
    give_up(&board, KIND, Memory::index(), VALUE, "second").await.unwrap();
    board.claim("third").await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn whether_somebody_has_a_value_cannot_be_told_from_the_steps_it_takes() {
    let board = Memory::default();
    let mut steps = Vec::new();
    let mut ask = async || {
        let before = board.steps.load(Ordering::Relaxed);
        let owner = board.owner().await;
        steps.push(board.steps.load(Ordering::Relaxed) - before);
        owner
    };
    assert_eq!(ask().await, None);
    board.write("first");
    board.claim("first").await.unwrap().confirm(&board).await.unwrap();
    assert_eq!(ask().await.as_deref(), Some("first"));
    board.records.lock().unwrap().clear();
    give_up(&board, KIND, Memory::index(), VALUE, "first").await.unwrap();
    assert_eq!(ask().await, None);
    assert_eq!(steps, [2, 2, 2]);
}
