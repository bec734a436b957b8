//! What a process has in its memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use anyhow::{Context, Result};

/// So much is looked at in one go.
const PIECE: u64 = 2 * 1024 * 1024;
const PAGE: u64 = 4096;

/// Whether a text is anywhere in the memory of a process, as bytes or as UTF-16.
///
/// # Errors
/// Where that memory is not ours to read.
pub fn memory_holds(pid: u32, text: &str) -> Result<bool> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mut memory = File::open(format!("/proc/{pid}/mem"))?;
    let mut pages = File::open(format!("/proc/{pid}/pagemap"))?;
    let writable = |line: &&str| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw"));
    for line in maps.lines().filter(writable) {
        let range = line
            .split(' ')
            .next()
            .and_then(|range| range.split_once('-'))
            .context("an odd line")?;
        let (mut at, end) = (u64::from_str_radix(range.0, 16)?, u64::from_str_radix(range.1, 16)?);
        // The end of the piece before: a text may lie across.
        let mut before = Vec::new();
        while at < end {
            let length = PIECE.min(end - at);
            // A web view reserves far more than any computer has; only what is there can be read.
            if is_there(&mut pages, at, length)? {
                let from = before.len();
                before.resize(from + usize::try_from(length)?, 0);
                memory.seek(SeekFrom::Start(at))?;
                let read = memory.read(&mut before[from..]).unwrap_or_default();
                before.truncate(from + read);
                if contains(&before, text.as_bytes()) || contains(&before, &wide) {
                    return Ok(true);
                }
                before.drain(..before.len().saturating_sub(wide.len()));
            } else {
                before.clear();
            }
            at += length;
        }
    }
    Ok(false)
}

/// Whether any page of that range is in memory or swapped out.
fn is_there(pages: &mut File, from: u64, length: u64) -> Result<bool> {
    let mut entries = vec![0; usize::try_from(length / PAGE * 8)?];
    pages.seek(SeekFrom::Start(from / PAGE * 8))?;
    let read = pages.read(&mut entries).unwrap_or_default();
    Ok(entries[..read].chunks_exact(8).any(|entry| entry[7] & 0b1100_0000 != 0))
}

/// Horspool's search: hundreds of megabytes in a debug build.
fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let length = needle.len();
    let mut skip = [length; 256];
    for (at, byte) in needle.iter().enumerate().take(length.saturating_sub(1)) {
        skip[usize::from(*byte)] = length - 1 - at;
    }
    let mut at = 0;
    while at + length <= bytes.len() {
        let last = bytes[at + length - 1];
        if last == needle[length - 1] && bytes[at..at + length] == *needle {
            return true;
        }
        at += skip[usize::from(last)];
    }
    false
}
