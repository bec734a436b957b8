//! A secret that is longer than an item may be is split over several.
//!
//! The item itself then names its parts: of which generation they are, how many, how long in all. A new secret gets parts of a new
//! generation, and the item is changed after them, in one step: whenever the program ends, the item holds a secret or names parts
//! that are all there. A list tells which parts there may be, so that none stays that nobody can find.

use accounts::ports::VaultError;
use auth_core::Secret;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Item;
use super::worker::failed;

/// What an item that names parts begins with. A secret that begins so is always split.
const MARK: &str = "flowstate-parts ";
/// No token is so long; more would be a way to fill the keychain.
const LONGEST: usize = 64 * 1024;
const MOST_PARTS: usize = 32;
/// Somebody may replace the secret while it is read.
const TRIES: usize = 3;

/// Items by name.
pub(super) trait Shelf {
    fn get(&self, item: &Item) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError>;
    /// In place of what was there, in one step.
    fn put(&self, item: &Item, bytes: &[u8]) -> Result<(), VaultError>;
    /// That there is none is fine.
    fn remove(&self, item: &Item) -> Result<(), VaultError>;
}

/// The parts of one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Generation {
    name: String,
    parts: usize,
}

/// What an item that was split says.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    generation: Generation,
    length: usize,
}

/// The secret, whole.
pub(super) fn read(shelf: &impl Shelf, item: &Item) -> Result<Option<Secret>, VaultError> {
    for _ in 0..TRIES {
        let Some(bytes) = shelf.get(item)? else { return Ok(None) };
        let Some(split) = Split::parse(&bytes)? else {
            return text(&bytes).map(Some);
        };
        if let Some(whole) = join(shelf, item, &split)? {
            return text(&whole).map(Some);
        }
    }
    // Whoever deletes one by hand has to sign in again, and can.
    tracing::warn!("parts of a keychain item are missing, so it is taken for lost");
    Ok(None)
}

/// Keeps a secret. Where `wanted` says no before the last step, the old one stays.
pub(super) fn write(
    shelf: &impl Shelf,
    item: &Item,
    secret: &Secret,
    limit: usize,
    wanted: &dyn Fn() -> bool,
) -> Result<(), VaultError> {
    let bytes = secret.expose().as_bytes();
    let too_long = VaultError::TooLong { length: bytes.len() };
    let parts = bytes.len().div_ceil(limit);
    if bytes.len() > LONGEST || parts > MOST_PARTS {
        return Err(too_long);
    }
    let put = |item: &Item, bytes: &[u8]| match shelf.put(item, bytes) {
        // The whole is too long, not its part.
        Err(VaultError::TooLong { .. }) => Err(too_long.clone()),
        done => done,
    };
    if parts <= 1 && !bytes.starts_with(MARK.as_bytes()) {
        put(item, bytes)?;
        return tidied(list(shelf, item).and_then(|all| forget(shelf, item, &all, &[])));
    }
    let listed = list(shelf, item)?;
    let before = named(shelf, item)?;
    // Left by a program that was ended; dropped first, so that the list does not grow.
    let stray: Vec<Generation> = listed
        .into_iter()
        .filter(|known| Some(known) != before.as_ref())
        .collect();
    forget(shelf, item, &stray, before.as_slice())?;
    let name = Uuid::new_v4().simple().to_string();
    let generation = Generation { name, parts };
    let both: Vec<Generation> = before.iter().chain([&generation]).cloned().collect();
    write_list(shelf, item, &both)?;
    for (part, number) in bytes.chunks(limit).zip(1..) {
        put(&item.part(&generation.name, number), part)?;
    }
    if !wanted() {
        return Err(failed("nobody waits for it any more"));
    }
    let length = bytes.len();
    let split = Split { generation, length };
    put(item, split.to_string().as_bytes())?;
    tidied(forget(shelf, item, before.as_slice(), &[split.generation]))
}

/// Forgets the secret and all parts there may be.
pub(super) fn delete(shelf: &impl Shelf, item: &Item) -> Result<(), VaultError> {
    let mut all = list(shelf, item)?;
    all.extend(named(shelf, item)?);
    // The item first: then there is either the whole secret or none.
    shelf.remove(item)?;
    forget(shelf, item, &all, &[])
}

fn join(shelf: &impl Shelf, item: &Item, split: &Split) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let mut whole = Zeroizing::new(Vec::with_capacity(split.length));
    for number in 1..=split.generation.parts {
        match shelf.get(&item.part(&split.generation.name, number))? {
            Some(part) => whole.extend_from_slice(&part),
            None => return Ok(None),
        }
    }
    Ok((whole.len() == split.length).then_some(whole))
}

/// The parts that the item names, if it was split.
fn named(shelf: &impl Shelf, item: &Item) -> Result<Option<Generation>, VaultError> {
    let bytes = shelf.get(item)?;
    // What a newer version wrote is replaced or deleted like anything else.
    let split = bytes.and_then(|bytes| Split::parse(&bytes).ok().flatten());
    Ok(split.map(|split| split.generation))
}

fn list(shelf: &impl Shelf, item: &Item) -> Result<Vec<Generation>, VaultError> {
    let bytes = shelf.get(&item.list_of_parts())?;
    let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(text.unwrap_or_default().lines().filter_map(Generation::parse).collect())
}

fn write_list(shelf: &impl Shelf, item: &Item, generations: &[Generation]) -> Result<(), VaultError> {
    let lines: Vec<String> = generations.iter().map(ToString::to_string).collect();
    shelf.put(&item.list_of_parts(), lines.join("\n").as_bytes())
}

/// Removes these parts; then the list names only `kept`.
fn forget(shelf: &impl Shelf, item: &Item, gone: &[Generation], kept: &[Generation]) -> Result<(), VaultError> {
    if gone.is_empty() {
        return Ok(());
    }
    for generation in gone {
        for number in 1..=generation.parts {
            shelf.remove(&item.part(&generation.name, number))?;
        }
    }
    if kept.is_empty() {
        shelf.remove(&item.list_of_parts())
    } else {
        write_list(shelf, item, kept)
    }
}

/// The secret is kept by then. What could not be removed stays listed for the next time.
fn tidied(removed: Result<(), VaultError>) -> Result<(), VaultError> {
    if let Err(error) = removed {
        tracing::debug!(%error, "old parts of a keychain item stay for now");
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<Secret, VaultError> {
    let text = std::str::from_utf8(bytes);
    text.map(Secret::new)
        .map_err(|_| failed("its item holds something that is no token; delete the item"))
}

impl Generation {
    fn parse(text: &str) -> Option<Self> {
        let (name, parts) = text.split_once(' ')?;
        let parts = parts.parse().ok().filter(|parts| *parts <= MOST_PARTS)?;
        Some(Self {
            name: name.to_owned(),
            parts,
        })
    }
}

impl std::fmt::Display for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.parts)
    }
}

impl Split {
    /// `None` where the bytes are a secret.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, VaultError> {
        let Some(rest) = bytes.strip_prefix(MARK.as_bytes()) else {
            return Ok(None);
        };
        let read = || {
            let (generation, length) = std::str::from_utf8(rest).ok()?.strip_prefix("1 ")?.rsplit_once(' ')?;
            Some(Self {
                generation: Generation::parse(generation)?,
                length: length.parse().ok().filter(|length| *length <= LONGEST)?,
            })
        };
        let newer = || failed("its item was written by a newer version of this program; update it, or delete the item");
        read().map(Some).ok_or_else(newer)
    }
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{MARK}1 {} {}", self.generation, self.length)
    }
}

#[cfg(test)]
mod tests;
