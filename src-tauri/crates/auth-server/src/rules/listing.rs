//! Long answers, a page at a time.

use auth_core::storage::{Lookup, Page, Record, Store};
use auth_core::wire::Listing;

use super::AuthError;

/// Pages that are read for one that is answered, so that a list with many hidden records does not hold a request for long.
const READ: usize = 10;

/// A page of what is looked for, as far as `show` shows it.
pub async fn listing<T: Record, U>(
    store: &Store,
    lookup: Lookup<'_>,
    page: &Page,
    show: impl Fn(T) -> Option<U> + Send,
) -> Result<Listing<U>, AuthError> {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut page = page.clone();
    let mut items = Vec::new();
    for _ in 0..READ {
        let found = store.find::<T>(lookup, &page).await?;
        let last_page = found.len() < limit;
        let mut found = found.into_iter();
        while let Some(stored) = found.next() {
            page.after = Some(stored.record.id().to_owned());
            items.extend(show(stored.record));
            if items.len() == limit {
                let more = found.len() > 0 || !last_page;
                let next = page.after.filter(|_| more);
                return Ok(Listing { items, next });
            }
        }
        if last_page {
            return Ok(Listing { items, next: None });
        }
    }
    Ok(Listing {
        items,
        next: page.after,
    })
}
