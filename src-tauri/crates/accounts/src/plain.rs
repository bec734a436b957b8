//! Names that others chose, made fit to be shown in one line.

/// A menu shows one line of plain text: no control characters, nothing that turns the direction of what follows, not endless.
pub(crate) fn plain(text: &str) -> String {
    let hidden = |c: char| c.is_control() || is_hidden(c);
    shortened(&text.chars().filter(|c| !hidden(*c)).collect::<String>(), 40)
}

/// Whether a character is not seen itself but turns others around, begins a line, or makes two names look alike. What joins letters is
/// none: Persian and emoji need it.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
