use super::{Kind, UniqueKey};

/// By which fields the documents of a kind are found, besides their ids.
///
/// Engines without indexes of their own keep theirs by these; a document that lacks one of the fields is in no index of them.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Index {
    /// The name of the folder or prefix, unique in its kind.
    pub name: &'static str,
    /// Fields of the document that hold text, in the order of the index; none: all documents of the kind.
    pub fields: &'static [&'static str],
    /// What it is that no two documents may share, if so.
    pub unique: Option<UniqueKey>,
}

impl Index {
    const fn unique(key: UniqueKey, name: &'static str, fields: &'static [&'static str]) -> Self {
        Self {
            name,
            fields,
            unique: Some(key),
        }
    }

    const fn plain(name: &'static str, fields: &'static [&'static str]) -> Self {
        Self {
            name,
            fields,
            unique: None,
        }
    }
}

pub(super) const USERS_BY_ADDRESS: &Index = &Index::unique(UniqueKey::Address, "by-address", &["domainId", "email"]);
pub(super) const SESSIONS_BY_USER: &Index = &Index::plain("by-user", &["userId"]);
pub(super) const ACCOUNTS_BY_PROVIDER: &Index = &Index::unique(
    UniqueKey::ProviderAccount,
    "by-provider",
    &["domainId", "provider", "providerAccountId"],
);
pub(super) const ACCOUNTS_BY_USER: &Index = &Index::plain("by-user", &["userId"]);
pub(super) const SERVICE_ACCOUNTS_BY_ORG: &Index = &Index::plain("by-org", &["domainId", "orgId"]);
pub(super) const API_TOKENS_BY_PREFIX: &Index = &Index::unique(UniqueKey::Prefix, "by-prefix", &["prefix"]);
pub(super) const API_TOKENS_BY_SERVICE_ACCOUNT: &Index = &Index::plain("by-service-account", &["serviceAccountId"]);
pub(super) const SIGNING_KEYS: &Index = &Index::plain("all", &[]);

impl Kind {
    /// The indexes of the kind, at most one of them unique.
    pub fn indexes(self) -> impl Iterator<Item = &'static Index> {
        let indexes: &[&'static Index] = match self {
            Self::User => &[USERS_BY_ADDRESS],
            Self::Session => &[SESSIONS_BY_USER],
            Self::Account => &[ACCOUNTS_BY_PROVIDER, ACCOUNTS_BY_USER],
            Self::ServiceAccount => &[SERVICE_ACCOUNTS_BY_ORG],
            Self::ApiToken => &[API_TOKENS_BY_PREFIX, API_TOKENS_BY_SERVICE_ACCOUNT],
            Self::SigningKey => &[SIGNING_KEYS],
            Self::Code | Self::Limit => &[],
        };
        indexes.iter().copied()
    }
}
