//! Brings a JSON text from one value to another and leaves every byte alone that need not change:
//! indentation, blank lines, number text, escapes, the order of keys.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::{Map, Value};

use super::syntax::{Member, Node, read};

/// `text` holds `old`; the result holds `new`.
pub(super) fn reconcile(text: &str, old: &Value, new: &Value) -> String {
    let style = Style::of(text);
    let mut edits = Edits {
        text,
        style,
        list: Vec::new(),
    };
    match read(text) {
        Some(root) => edits.value(&root, old, new, 0),
        None => return style.render(new, 0),
    }
    edits.apply()
}

/// How a text is laid out.
#[derive(Clone, Copy)]
struct Style<'a> {
    /// One level of indentation; `None` where the text is a single line.
    indent: Option<&'a str>,
    line_end: &'static str,
}

impl<'a> Style<'a> {
    fn of(text: &'a str) -> Self {
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let first_inner = text
            .split_once('\n')
            .map(|(_, rest)| rest.trim_start_matches(['\r', '\n']));
        let indent = first_inner.map(|line| {
            let width = line.len() - line.trim_start_matches([' ', '\t']).len();
            if width == 0 { "  " } else { &line[..width] }
        });
        // `{}` on a line of its own says nothing about layout: use the default.
        let indent = indent.or_else(|| (text.trim().len() <= 2).then_some("  "));
        Self { indent, line_end }
    }

    fn break_line(&self, out: &mut String, depth: usize) {
        if let Some(indent) = self.indent {
            out.push_str(self.line_end);
            for _ in 0..depth {
                out.push_str(indent);
            }
        }
    }

    fn render(&self, value: &Value, depth: usize) -> String {
        let mut out = String::new();
        self.render_into(&mut out, value, depth);
        out
    }

    fn render_into(&self, out: &mut String, value: &Value, depth: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('{');
                for (i, (key, value)) in map.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.break_line(out, depth + 1);
                    self.render_member(out, key, value, depth + 1);
                }
                self.break_line(out, depth);
                out.push('}');
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.break_line(out, depth + 1);
                    self.render_into(out, item, depth + 1);
                }
                self.break_line(out, depth);
                out.push(']');
            }
            // Scalars and empty containers print themselves; writing to a string cannot fail.
            scalar => write!(out, "{scalar}").unwrap_or_default(),
        }
    }

    fn render_member(&self, out: &mut String, key: &str, value: &Value, depth: usize) {
        write!(out, "{}:", Value::from(key)).unwrap_or_default();
        if self.indent.is_some() {
            out.push(' ');
        }
        self.render_into(out, value, depth);
    }
}

struct Edits<'a> {
    text: &'a str,
    style: Style<'a>,
    list: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    fn value(&mut self, node: &Node, old: &Value, new: &Value, depth: usize) {
        if old == new && same_order(old, new) {
            return;
        }
        match (&node.members, old, new) {
            (Some(members), Value::Object(old), Value::Object(new)) if !members.is_empty() && !new.is_empty() => {
                self.object(node, members, old, new, depth);
            }
            _ => self.list.push((node.range.clone(), self.style.render(new, depth))),
        }
    }

    fn object(
        &mut self,
        node: &Node,
        members: &[Member],
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        depth: usize,
    ) {
        let stays = |(member, key): (&Member, &String)| {
            member.key == *key || (!new.contains_key(&member.key) && !old.contains_key(key))
        };
        if members.len() == old.len() && old.len() == new.len() && members.iter().zip(new.keys()).all(stays) {
            return self.members_renamed(members, old, new, depth);
        }
        let kept: Vec<&str> = members
            .iter()
            .map(|m| m.key.as_str())
            .filter(|key| new.contains_key(*key))
            .collect();
        let begins_with_kept = new.keys().take(kept.len()).map(String::as_str).eq(kept.iter().copied());
        if begins_with_kept && !kept.is_empty() {
            self.members_in_place(node, members, old, new, depth);
        } else {
            self.members_moved(node, members, old, new, depth);
        }
    }

    /// Every member is where it was; some have another key.
    fn members_renamed(
        &mut self,
        members: &[Member],
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        depth: usize,
    ) {
        for (member, (key, after)) in members.iter().zip(new) {
            if member.key != *key {
                self.list
                    .push((member.start..member.key_end, Value::from(key.as_str()).to_string()));
            }
            if let Some(before) = old.get(&member.key) {
                self.value(&member.value, before, after, depth + 1);
            }
        }
    }

    /// The usual case: values change where they stand, members go, new ones come at the end.
    fn members_in_place(
        &mut self,
        node: &Node,
        members: &[Member],
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        depth: usize,
    ) {
        let mut last_kept = None;
        for (i, member) in members.iter().enumerate() {
            if let (Some(before), Some(after)) = (old.get(&member.key), new.get(&member.key)) {
                self.value(&member.value, before, after, depth + 1);
                last_kept = Some(i);
            }
        }
        let last_kept = last_kept.unwrap_or(0);
        // A member goes with the space before the next one; behind the last kept one, with the comma before it.
        for (i, member) in members.iter().enumerate().filter(|(_, m)| !new.contains_key(&m.key)) {
            let gone = if i < last_kept {
                member.start..members[i + 1].start
            } else {
                members[i - 1].value.range.end..member.value.range.end
            };
            self.list.push((gone, String::new()));
        }
        let mut added = String::new();
        for (key, value) in new.iter().filter(|(key, _)| !members.iter().any(|m| m.key == **key)) {
            added.push(',');
            self.style_of(node).break_line(&mut added, depth + 1);
            self.style_of(node).render_member(&mut added, key, value, depth + 1);
        }
        if !added.is_empty() {
            let end = members[last_kept].value.range.end;
            self.list.push((end..end, added));
        }
    }

    /// The order changed: the members' own texts are laid out anew, each still as it was written.
    fn members_moved(
        &mut self,
        node: &Node,
        members: &[Member],
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        depth: usize,
    ) {
        let style = self.style_of(node);
        let mut out = String::from("{");
        for (i, (key, value)) in new.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            style.break_line(&mut out, depth + 1);
            match (members.iter().rfind(|m| m.key == *key), old.get(key)) {
                (Some(member), Some(before)) => {
                    let mut inner = Edits {
                        text: self.text,
                        style: self.style,
                        list: Vec::new(),
                    };
                    inner.value(&member.value, before, value, depth + 1);
                    out.push_str(&inner.apply_within(member.start..member.value.range.end));
                }
                _ => style.render_member(&mut out, key, value, depth + 1),
            }
        }
        style.break_line(&mut out, depth);
        out.push('}');
        self.list.push((node.range.clone(), out));
    }

    /// An object written on one line stays on one line.
    fn style_of(&self, node: &Node) -> Style<'_> {
        let one_line = !self.text[node.range.clone()].contains('\n');
        Style {
            indent: if one_line { None } else { self.style.indent },
            ..self.style
        }
    }

    fn apply(self) -> String {
        let whole = 0..self.text.len();
        self.apply_within(whole)
    }

    fn apply_within(mut self, range: Range<usize>) -> String {
        self.list.sort_by_key(|(place, _)| (place.start, place.end));
        let mut out = String::with_capacity(range.len() + 256);
        let mut at = range.start;
        for (place, new) in &self.list {
            if place.start > at {
                out.push_str(&self.text[at..place.start]);
            }
            out.push_str(new);
            at = at.max(place.end);
        }
        out.push_str(&self.text[at..range.end]);
        out
    }
}

/// `Value`'s equality ignores the order of keys; ours does not.
pub(super) fn same_order(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.keys().eq(new.keys()) && old.values().zip(new.values()).all(|(a, b)| same_order(a, b))
        }
        (Value::Array(old), Value::Array(new)) => old.iter().zip(new).all(|(a, b)| same_order(a, b)),
        _ => true,
    }
}
