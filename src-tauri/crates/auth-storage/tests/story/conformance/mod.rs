//! The promises of the port. An engine passes when [`whole_story`] does, on an empty storage.

mod lookups;
mod races;
mod records;
mod walks;

use std::sync::Arc;

use auth_core::storage::{AuthStorageAdapter, Lookup, Page, Record, Store};

pub async fn whole_story(storage: Arc<dyn AuthStorageAdapter>) {
    let store = Store::new(storage.clone());
    store.ping().await.unwrap();
    records::every_kind_comes_back_as_it_was_stored(&store).await;
    records::ids_are_any_text(&store).await;
    records::ids_and_keys_are_unique(&store).await;
    records::a_key_that_was_given_up_is_free(&store).await;
    records::writes_are_compare_and_set(&store).await;
    lookups::they_find_what_they_name_and_nothing_else(&store).await;
    lookups::they_follow_a_change_at_once(&store).await;
    lookups::what_lacks_the_field_is_not_found_and_takes_no_key(&store).await;
    lookups::answers_come_in_pages(&store).await;
    races::fifty_writers_lose_nothing(&store).await;
    races::fifty_inserts_have_one_winner(&store).await;
    races::fifty_changes_to_one_key_have_one_winner(&store).await;
    races::fifty_first_uses_are_all_counted(&store).await;
    walks::a_walk_passes_everything_once(&*storage).await;
    walks::a_sweep_takes_what_has_ended_and_nothing_else(&store).await;
    walks::a_sweep_goes_by_the_end_as_it_is_now(&store).await;
    assert_eq!(storage.audit(false).await.unwrap(), []);
}

async fn found<T: Record>(store: &Store, lookup: Lookup<'_>) -> Vec<String> {
    let found = store.find::<T>(lookup, &Page::first(100)).await.unwrap();
    found.iter().map(|stored| stored.record.id().to_owned()).collect()
}
