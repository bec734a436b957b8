//! Names of files and objects made of ids and values, readable and the same on every file system.

use aws_lc_rs::digest::{SHA256, digest};

/// Longer names are cut and end with a digest; file systems take 255 bytes, and whoever keeps objects as files may add to
/// the name or write it longer.
const LONGEST: usize = 100;
/// What is left of a name that is cut.
const CUT: usize = 60;
/// Marks a name that was cut: it says no longer what it was made of. Never part of an encoded text.
const MARK: char = '~';
/// The name in an index without fields.
const ALL: &str = "all";
/// Between the values of an index. Never part of an encoded text either.
const BETWEEN: &str = ",";

/// The name of an id or value. No two texts have the same, not even where capitals count for nothing.
pub fn name_of(text: &str) -> String {
    shortened(encoded(text))
}

/// The name of the values of an index.
pub fn name_of_all<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.into_iter().map(encoded).collect();
    if values.is_empty() {
        return ALL.to_owned();
    }
    shortened(values.join(BETWEEN))
}

/// What the name was made of; none where it was cut, or was not made by [`name_of`].
pub fn text_of(name: &str) -> Option<String> {
    if name == "%" {
        return Some(String::new());
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(name.len()), name.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            plain => plain,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    (name_of(&text) == name).then_some(text)
}

/// A folder for the name: one of 256, so that none gets too full.
pub fn shard_of(name: &str) -> String {
    format!("{:02x}", digest(&SHA256, name.as_bytes()).as_ref()[0])
}

/// Small letters, digits and a few marks stay; a dot does inside. All else, capitals too, is written as its bytes.
fn encoded(text: &str) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let last = text.len() - 1;
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let inside = at > 0 && at < last;
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-@+".contains(&byte) || (byte == b'.' && inside) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name
}

fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let hash = digest(&SHA256, name.as_bytes());
    let hash: String = hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    // All of the name is ASCII.
    format!("{}{MARK}{hash}", &name[..CUT])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_plain_stays_as_it_is() {
        for plain in ["0198c-ab", "ada+x@example.com", "a_b"] {
            assert_eq!(name_of(plain), plain);
        }
        assert_eq!(name_of_all(["default", "ada@example.com"]), "default,ada@example.com");
    }

    #[test]
    fn names_differ_fit_every_file_system_and_can_be_read_back() {
        let long = "x".repeat(101);
        let texts = [
            "",
            "%",
            ".",
            "..",
            "a.",
            ".a",
            "A",
            "a",
            "a/b",
            "a\\b",
            "a%2fb",
            "a,b",
            "~",
            "ä",
            "\0",
            " ",
            "a:b*?\"<>|",
        ];
        let names: HashSet<String> = texts.iter().map(|text| name_of(text)).collect();
        assert_eq!(names.len(), texts.len());
        for text in texts {
            let name = name_of(text);
            assert_eq!(text_of(&name).as_deref(), Some(text), "{name}");
            let bytes = name.bytes();
            assert!(
                bytes
                    .clone()
                    .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
            );
            assert!(!name.starts_with('.') && !name.ends_with('.') && !name.contains(['/', '\\', ':', '~', ',']));
        }
        let other = format!("{long}y");
        assert!(name_of(&long).len() < 100 && name_of(&long) != name_of(&other));
        for made_elsewhere in [name_of(&long).as_str(), "A", "%4", "%zz", "%61"] {
            assert_eq!(text_of(made_elsewhere), None, "{made_elsewhere}");
        }
    }

    #[test]
    fn values_are_not_mixed_up() {
        assert_ne!(name_of_all(["a", "b,c"]), name_of_all(["a,b", "c"]));
        assert_ne!(name_of_all(["", "a"]), name_of_all(["a", ""]));
        assert_eq!(name_of_all([]), "all");
    }
}
