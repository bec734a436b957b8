//! The menu of a tray item, as `com.canonical.dbusmenu` describes it.

use std::collections::HashMap;
use std::fmt;

use zbus::zvariant::{OwnedValue, Value};

/// What is shown in a menu; separators and hidden entries are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The entries, from the top.
    pub entries: Vec<MenuEntry>,
}

/// One entry of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    /// Its number; another one after the menu was built again.
    pub id: i32,
    /// What a person reads.
    pub label: String,
    /// Whether it can be clicked.
    pub enabled: bool,
    /// Whether its mark is set; `None` for an entry without one.
    pub checked: Option<bool>,
    /// The submenu.
    pub children: Vec<MenuEntry>,
}

/// An entry on the wire: number, properties, children (each again an entry).
pub(crate) type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Menu {
    /// The entry at the end of a path of labels.
    #[must_use]
    pub fn find(&self, labels: &[&str]) -> Option<&MenuEntry> {
        let (last, parents) = labels.split_last()?;
        let mut entries = &self.entries;
        for parent in parents {
            entries = &entries.iter().find(|entry| entry.label == *parent)?.children;
        }
        entries.iter().find(|entry| entry.label == *last)
    }
}

impl From<Layout> for Menu {
    fn from((_root, _properties, children): Layout) -> Self {
        Self {
            entries: entries(children),
        }
    }
}

impl fmt::Display for Menu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| entry.draw(f, 0))
    }
}

impl MenuEntry {
    fn draw(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let mark = self.checked.map_or("", |checked| if checked { "[x] " } else { "[ ] " });
        let grey = if self.enabled { "" } else { " (grey)" };
        writeln!(f, "{:depth$}{mark}{}{grey}", "", self.label, depth = depth * 2)?;
        self.children.iter().try_for_each(|entry| entry.draw(f, depth + 1))
    }
}

fn entries(children: Vec<OwnedValue>) -> Vec<MenuEntry> {
    children
        .into_iter()
        .filter_map(|child| Layout::try_from(Value::from(child)).ok())
        .filter_map(entry)
        .collect()
}

fn entry((id, properties, children): Layout) -> Option<MenuEntry> {
    let text = |name: &str| properties.get(name).and_then(|value| <&str>::try_from(value).ok());
    // What is not sent has its default.
    let flag = |name: &str| {
        properties
            .get(name)
            .and_then(|value| bool::try_from(value).ok())
            .unwrap_or(true)
    };
    let state = properties
        .get("toggle-state")
        .and_then(|value| i32::try_from(value).ok());
    let seen = flag("visible") && text("type") != Some("separator");
    seen.then(|| MenuEntry {
        id,
        label: without_mnemonics(text("label").unwrap_or_default()),
        enabled: flag("enabled"),
        checked: text("toggle-type")
            .filter(|kind| !kind.is_empty())
            .map(|_| state == Some(1)),
        children: entries(children),
    })
}

/// An underscore marks the key that chooses the entry; two of them stand for one.
fn without_mnemonics(label: &str) -> String {
    label
        .split("__")
        .map(|part| part.replace('_', ""))
        .collect::<Vec<_>>()
        .join("_")
}

#[cfg(test)]
mod tests {
    use super::without_mnemonics;

    #[test]
    fn a_label_reads_as_a_person_sees_it() {
        assert_eq!(without_mnemonics("_Quit"), "Quit");
        assert_eq!(without_mnemonics("first__last@_example"), "first_last@example");
    }
}
