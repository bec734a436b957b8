use serde::Serialize;
use serde::de::DeserializeOwned;

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    User,
    Session,
    /// A code that was mailed; its id names the address and the domain, so that one is live at a time.
    Code,
    Account,
    ServiceAccount,
    ApiToken,
    SigningKey,
    /// What somebody has used of a limit.
    Limit,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::User,
        Self::Session,
        Self::Code,
        Self::Account,
        Self::ServiceAccount,
        Self::ApiToken,
        Self::SigningKey,
        Self::Limit,
    ];

    /// The kinds that are worthless after a while: their documents have an `expires` field, and a sweep removes them. One
    /// without that field, as signing keys may be, stays.
    pub const EXPIRING: [Self; 4] = [Self::Session, Self::Code, Self::SigningKey, Self::Limit];

    /// The name of the table, collection or folder.
    pub fn collection(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Session => "sessions",
            Self::Code => "verification_tokens",
            Self::Account => "accounts",
            Self::ServiceAccount => "service_accounts",
            Self::ApiToken => "api_tokens",
            Self::SigningKey => "signing_keys",
            Self::Limit => "limits",
        }
    }
}

/// What can be stored: a model with its kind and id.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    const KIND: Kind;

    /// Unique among its kind.
    fn id(&self) -> &str;
}

/// A record as an engine sees it. The JSON may hold secrets (private keys, hashes): `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    pub kind: Kind,
    pub id: String,
    /// A JSON object.
    pub json: String,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({})", self.kind.collection())
    }
}

/// Which writing of a document this is; an engine's own text (a number, an entity tag), compared and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(pub String);

/// A document that lies in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub document: Document,
    pub version: Version,
}

/// A record that lies in the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    pub record: T,
    pub version: Version,
}
