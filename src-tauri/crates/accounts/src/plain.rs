//! Names that others chose, made fit to be shown in one line.

/// A menu shows one line of plain text: no control characters, nothing that turns the direction of what follows, not endless.
pub(crate) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    shortened(&text.chars().filter(|c| !hidden(*c)).collect::<String>(), 40)
}

pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
