use serde_json::{Map, Value, json};

use super::reconcile::reconcile;
use super::view::view;
use super::{FlowstateConfig, Oddity, ServerProfile, StoredAuth};

/// The shared file as text with its typed view. Each change touches only the bytes it must.
#[derive(Clone)]
pub struct ConfigDocument {
    text: String,
    root: Map<String, Value>,
    view: FlowstateConfig,
    oddities: Vec<Oddity>,
}

/// Why a text is not a config document, or an edit of it is impossible. Values of the text are never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("it is empty")]
    Empty,
    #[error("it is not valid JSON at line {line}, column {column}: {what}")]
    Syntax { line: usize, column: usize, what: String },
    #[error("it holds {found} where an object {{…}} belongs")]
    NotAnObject { found: &'static str },
    #[error("its \"servers\" is {found} where an object {{…}} belongs")]
    ServersNotAnObject { found: &'static str },
    #[error("there is no server {id} in it")]
    NoSuchServer { id: String },
    #[error("there is a server {id} in it already")]
    ServerExists { id: String },
}

const BOM: char = '\u{feff}';

impl ConfigDocument {
    /// The `version` of a file that we create.
    pub const VERSION: &str = "1.0.0";

    /// The document of a machine that has none yet.
    pub fn new() -> Self {
        let root = Map::from_iter([
            ("version".to_owned(), json!(Self::VERSION)),
            ("servers".to_owned(), json!({})),
        ]);
        let (view, oddities) = view(&root);
        Self {
            text: "{\n  \"version\": \"1.0.0\",\n  \"servers\": {}\n}\n".to_owned(),
            root,
            view,
            oddities,
        }
    }

    /// Reads a file's text. A byte order mark is kept.
    ///
    /// # Errors
    /// [`DocumentError`], with line and column (from 1) where the JSON is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, DocumentError> {
        let text = text.into();
        let body = text.strip_prefix(BOM).unwrap_or(&text);
        if body.trim().is_empty() {
            return Err(DocumentError::Empty);
        }
        let root = match serde_json::from_str(body) {
            Ok(Value::Object(root)) => root,
            Ok(other) => {
                return Err(DocumentError::NotAnObject { found: kind(&other) });
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let what = error.to_string();
                let what = what
                    .rsplit_once(" at line ")
                    .map_or(what.as_str(), |(what, _)| what)
                    .to_owned();
                return Err(DocumentError::Syntax { line, column, what });
            }
        };
        match root.get("servers") {
            None | Some(Value::Object(_) | Value::Null) => {}
            Some(other) => return Err(DocumentError::ServersNotAnObject { found: kind(other) }),
        }
        let (view, oddities) = view(&root);
        Ok(Self {
            text,
            root,
            view,
            oddities,
        })
    }

    /// The text as it is to stand in the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The typed part.
    pub fn config(&self) -> &FlowstateConfig {
        &self.view
    }

    /// What does not fit and was left as it is.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// A text that others keep in a profile under a key of their own, such as `mcpUrl`.
    pub fn foreign_text(&self, id: &str, key: &str) -> Option<&str> {
        self.raw_server(id)?.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// Adds a profile at the end. Its `auth` is written too where it has one.
    ///
    /// # Errors
    /// [`DocumentError::ServerExists`].
    pub fn add_server(&mut self, profile: &ServerProfile) -> Result<(), DocumentError> {
        if self.has_key(&profile.id) {
            return Err(DocumentError::ServerExists { id: profile.id.clone() });
        }
        self.edit(|root| {
            let mut entry = Map::new();
            describe(&mut entry, profile);
            if let Some(auth) = &profile.auth {
                let mut stored = Map::new();
                auth.write_into(&mut stored);
                entry.insert("auth".to_owned(), Value::Object(stored));
            }
            servers(root).insert(profile.id.clone(), Value::Object(entry));
        });
        Ok(())
    }

    /// Writes `name`, `url` and `domainId` of the profile with that id; its `auth` and unknown keys stay.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`].
    pub fn describe_server(&mut self, profile: &ServerProfile) -> Result<(), DocumentError> {
        self.edit_server(&profile.id, |entry| describe(entry, profile))
    }

    /// Gives a profile another id; its place among the others stays, and `activeServerId` follows.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`], [`DocumentError::ServerExists`].
    pub fn rename_server(&mut self, id: &str, new_id: &str) -> Result<(), DocumentError> {
        if self.raw_server(id).is_none() {
            return Err(DocumentError::NoSuchServer { id: id.to_owned() });
        }
        if id != new_id && self.has_key(new_id) {
            return Err(DocumentError::ServerExists { id: new_id.to_owned() });
        }
        let was_active = self.view.active_server_id.as_deref() == Some(id);
        self.edit(|root| {
            let renamed = std::mem::take(servers(root)).into_iter().map(|(key, mut value)| {
                if key != id {
                    return (key, value);
                }
                if let Some(entry) = value.as_object_mut() {
                    entry.insert("id".to_owned(), json!(new_id));
                }
                (new_id.to_owned(), value)
            });
            let renamed = renamed.collect();
            *servers(root) = renamed;
            if was_active {
                root.insert("activeServerId".to_owned(), json!(new_id));
            }
        });
        Ok(())
    }

    /// Takes a profile out. `activeServerId` goes with it where it named that profile.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`].
    pub fn remove_server(&mut self, id: &str) -> Result<(), DocumentError> {
        if self.raw_server(id).is_none() {
            return Err(DocumentError::NoSuchServer { id: id.to_owned() });
        }
        let was_active = self.view.active_server_id.as_deref() == Some(id);
        self.edit(|root| {
            servers(root).shift_remove(id);
            if was_active {
                root.shift_remove("activeServerId");
            }
        });
        Ok(())
    }

    /// Puts the profiles into this order; those not named follow in the order they had, unknown names are passed over.
    pub fn reorder_servers(&mut self, order: &[String]) {
        self.edit(|root| {
            let mut rest = std::mem::take(servers(root));
            let mut sorted: Map<String, Value> = order.iter().filter_map(|id| rest.shift_remove_entry(id)).collect();
            sorted.extend(rest);
            *servers(root) = sorted;
        });
    }

    /// Makes a profile the default one.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`].
    pub fn set_active(&mut self, id: &str) -> Result<(), DocumentError> {
        if self.raw_server(id).is_none() {
            return Err(DocumentError::NoSuchServer { id: id.to_owned() });
        }
        self.edit(|root| {
            root.insert("activeServerId".to_owned(), json!(id));
        });
        Ok(())
    }

    /// Writes a session into a profile; unknown keys of its `auth` stay.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`].
    pub fn set_auth(&mut self, id: &str, auth: &StoredAuth) -> Result<(), DocumentError> {
        self.set_auths(&[(id, Some(auth.clone()))])
    }

    /// Takes our keys out of a profile's `auth`; what others keep there (a `serviceToken`) stays, an empty one goes.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`].
    pub fn clear_auth(&mut self, id: &str) -> Result<(), DocumentError> {
        self.set_auths(&[(id, None)])
    }

    /// Both for many profiles at the price of one change of the text.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchServer`]; then none of them was changed.
    pub fn set_auths(&mut self, auths: &[(&str, Option<StoredAuth>)]) -> Result<(), DocumentError> {
        if let Some((id, _)) = auths.iter().find(|(id, _)| self.raw_server(id).is_none()) {
            return Err(DocumentError::NoSuchServer { id: (*id).to_owned() });
        }
        self.edit(|root| {
            for (id, auth) in auths {
                let Some(entry) = servers(root).get_mut(*id).and_then(Value::as_object_mut) else {
                    continue;
                };
                match auth {
                    Some(auth) => write_auth(entry, auth),
                    None => clear_auth(entry),
                }
            }
        });
        Ok(())
    }

    /// Sets the `id` of each profile that calls itself otherwise to its key, which is what counts.
    pub fn correct_ids(&mut self) {
        self.edit(|root| {
            for (key, entry) in servers(root) {
                if let Some(Value::String(id)) = entry.get_mut("id") {
                    id.clone_from(key);
                }
            }
        });
    }

    /// Everything the text holds.
    pub(super) fn root(&self) -> &Map<String, Value> {
        &self.root
    }

    /// Also where the value is no profile: it is somebody's.
    fn has_key(&self, id: &str) -> bool {
        self.root.get("servers").and_then(|servers| servers.get(id)).is_some()
    }

    pub(super) fn raw_server(&self, id: &str) -> Option<&Value> {
        self.root
            .get("servers")
            .and_then(|servers| servers.get(id))
            .filter(|server| server.is_object())
    }

    fn edit_server(&mut self, id: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), DocumentError> {
        if self.raw_server(id).is_none() {
            return Err(DocumentError::NoSuchServer { id: id.to_owned() });
        }
        self.edit(|root| {
            if let Some(entry) = servers(root).get_mut(id).and_then(Value::as_object_mut) {
                change(entry);
            }
        });
        Ok(())
    }

    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut root = self.root.clone();
        change(&mut root);
        let (old, new) = (Value::Object(std::mem::take(&mut self.root)), Value::Object(root));
        let body = self.text.strip_prefix(BOM).unwrap_or(&self.text);
        let mark = &self.text[..self.text.len() - body.len()];
        self.text = format!("{mark}{}", reconcile(body, &old, &new));
        if let Value::Object(root) = new {
            self.root = root;
        }
        (self.view, self.oddities) = view(&self.root);
    }
}

impl Default for ConfigDocument {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for ConfigDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigDocument")
            .field("servers", &self.view.servers.len())
            .finish_non_exhaustive()
    }
}

/// `servers` of a document, made where it is missing; parsing has refused every other kind.
fn servers(root: &mut Map<String, Value>) -> &mut Map<String, Value> {
    let servers = root.entry("servers").or_insert_with(|| json!({}));
    if !servers.is_object() {
        *servers = json!({});
    }
    servers.as_object_mut().expect("made an object on the line above")
}

fn describe(entry: &mut Map<String, Value>, profile: &ServerProfile) {
    for (key, value) in [
        ("id", &profile.id),
        ("name", &profile.name),
        ("url", &profile.url),
        ("domainId", &profile.domain_id),
    ] {
        // Writing an `id` that was missing or different would be a change nobody asked for.
        if key != "id" || entry.is_empty() {
            entry.insert(key.to_owned(), json!(value));
        }
    }
}

fn write_auth(entry: &mut Map<String, Value>, auth: &StoredAuth) {
    let stored = entry.entry("auth").or_insert_with(|| json!({}));
    if !stored.is_object() {
        *stored = json!({});
    }
    if let Some(stored) = stored.as_object_mut() {
        auth.write_into(stored);
    }
}

fn clear_auth(entry: &mut Map<String, Value>) {
    let Some(stored) = entry.get_mut("auth").and_then(Value::as_object_mut) else {
        return;
    };
    for key in StoredAuth::KEYS {
        stored.shift_remove(key);
    }
    if stored.is_empty() {
        entry.shift_remove("auth");
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array […]",
        Value::Object(_) => "an object",
    }
}
