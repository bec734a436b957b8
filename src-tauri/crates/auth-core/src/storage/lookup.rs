use super::{Index, Kind, index};

/// Every way in which the rules look for documents other than by id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// At most one.
    UserByEmail {
        domain_id: &'a str,
        email: &'a str,
    },
    SessionsByUser {
        user_id: &'a str,
    },
    /// At most one.
    AccountByProvider {
        domain_id: &'a str,
        provider: &'a str,
        provider_account_id: &'a str,
    },
    AccountsByUser {
        user_id: &'a str,
    },
    ServiceAccountsByOrg {
        domain_id: &'a str,
        org_id: &'a str,
    },
    /// At most one.
    ApiTokenByPrefix {
        prefix: &'a str,
    },
    ApiTokensByServiceAccount {
        service_account_id: &'a str,
    },
    SigningKeys,
    /// Everything of a kind, in an order of the engine's own: for what is rarely asked and of a kind that stays small.
    All {
        kind: Kind,
    },
}

impl<'a> Lookup<'a> {
    /// What is looked for.
    pub fn kind(&self) -> Kind {
        match self {
            Self::UserByEmail { .. } => Kind::User,
            Self::SessionsByUser { .. } => Kind::Session,
            Self::AccountByProvider { .. } | Self::AccountsByUser { .. } => Kind::Account,
            Self::ServiceAccountsByOrg { .. } => Kind::ServiceAccount,
            Self::ApiTokenByPrefix { .. } | Self::ApiTokensByServiceAccount { .. } => Kind::ApiToken,
            Self::SigningKeys => Kind::SigningKey,
            Self::All { kind } => *kind,
        }
    }

    /// The index that answers it; none: it goes through the kind.
    pub fn index(&self) -> Option<&'static Index> {
        match self {
            Self::UserByEmail { .. } => Some(index::USERS_BY_ADDRESS),
            Self::SessionsByUser { .. } => Some(index::SESSIONS_BY_USER),
            Self::AccountByProvider { .. } => Some(index::ACCOUNTS_BY_PROVIDER),
            Self::AccountsByUser { .. } => Some(index::ACCOUNTS_BY_USER),
            Self::ServiceAccountsByOrg { .. } => Some(index::SERVICE_ACCOUNTS_BY_ORG),
            Self::ApiTokenByPrefix { .. } => Some(index::API_TOKENS_BY_PREFIX),
            Self::ApiTokensByServiceAccount { .. } => Some(index::API_TOKENS_BY_SERVICE_ACCOUNT),
            Self::SigningKeys => Some(index::SIGNING_KEYS),
            Self::All { .. } => None,
        }
    }

    /// The values that the fields of the index must have.
    pub fn values(&self) -> Vec<&'a str> {
        match *self {
            Self::UserByEmail { domain_id, email } => vec![domain_id, email],
            Self::SessionsByUser { user_id } | Self::AccountsByUser { user_id } => vec![user_id],
            Self::AccountByProvider {
                domain_id,
                provider,
                provider_account_id,
            } => vec![domain_id, provider, provider_account_id],
            Self::ServiceAccountsByOrg { domain_id, org_id } => vec![domain_id, org_id],
            Self::ApiTokenByPrefix { prefix } => vec![prefix],
            Self::ApiTokensByServiceAccount { service_account_id } => vec![service_account_id],
            Self::SigningKeys | Self::All { .. } => vec![],
        }
    }

    /// The fields of the document with the values that they must have, in the order of the index.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let names = self.index().map(|index| index.fields).unwrap_or_default();
        names.iter().copied().zip(self.values())
    }
}

/// Values may name people.
impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.index().map(|index| index.fields).unwrap_or_default();
        write!(f, "Lookup({} by {})", self.kind().collection(), fields.join(", "))
    }
}

/// A part of a long answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Only what comes after this id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

impl Page {
    /// The first so many.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
}

/// What no two documents of a kind may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UniqueKey {
    /// Of every kind.
    Id,
    /// Of users: `domainId` and `email`.
    Address,
    /// Of API tokens: `prefix`.
    Prefix,
    /// Of accounts: `domainId`, `provider` and `providerAccountId`.
    ProviderAccount,
}

impl UniqueKey {
    /// The key of a kind besides its id.
    pub fn of(kind: Kind) -> Option<Self> {
        kind.indexes().find_map(|index| index.unique)
    }
}

impl std::fmt::Display for UniqueKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Id => "id",
            Self::Address => "address",
            Self::Prefix => "prefix",
            Self::ProviderAccount => "account at the provider",
        })
    }
}
