//! Where each value of a JSON text stands, so that a change touches only its own bytes.

use std::ops::Range;

/// A value and its place in the text.
#[derive(Debug)]
pub(super) struct Node {
    pub range: Range<usize>,
    pub members: Option<Vec<Member>>,
}

/// One `"key": value` of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub key: String,
    /// Where the key's opening quote stands.
    pub start: usize,
    /// Behind its closing quote.
    pub key_end: usize,
    pub value: Node,
}

/// Reads the places. `text` must be valid JSON (the document has parsed it before); on anything else the result is `None`.
pub(super) fn read(text: &str) -> Option<Node> {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
    };
    reader.space();
    reader.value()
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn value(&mut self) -> Option<Node> {
        let start = self.at;
        let members = match self.bytes.get(self.at)? {
            b'{' => Some(self.object()?),
            b'[' => {
                self.array()?;
                None
            }
            b'"' => {
                self.string()?;
                None
            }
            _ => {
                while self
                    .bytes
                    .get(self.at)
                    .is_some_and(|b| !b.is_ascii_whitespace() && !b",]}".contains(b))
                {
                    self.at += 1;
                }
                None
            }
        };
        Some(Node {
            range: start..self.at,
            members,
        })
    }

    fn object(&mut self) -> Option<Vec<Member>> {
        let mut members = Vec::new();
        self.take(b'{')?;
        self.space();
        while self.take(b'}').is_none() {
            let start = self.at;
            self.string()?;
            let key_end = self.at;
            let key = serde_json::from_str(&self.text[start..key_end]).ok()?;
            self.space();
            self.take(b':')?;
            self.space();
            members.push(Member {
                key,
                start,
                key_end,
                value: self.value()?,
            });
            self.space();
            if self.take(b',').is_some() {
                self.space();
            }
        }
        Some(members)
    }

    /// Arrays are replaced whole, so the places inside them are not kept.
    fn array(&mut self) -> Option<()> {
        self.take(b'[')?;
        self.space();
        while self.take(b']').is_none() {
            self.value()?;
            self.space();
            if self.take(b',').is_some() {
                self.space();
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }
}
