use super::Kind;

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
    /// Everything of a kind: for programs that check or copy a storage, never for a request.
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

    /// The fields of the document that must have these values, in the order of an index.
    pub fn fields(&self) -> Vec<(&'static str, &'a str)> {
        match *self {
            Self::UserByEmail { domain_id, email } => vec![("domainId", domain_id), ("email", email)],
            Self::SessionsByUser { user_id } | Self::AccountsByUser { user_id } => vec![("userId", user_id)],
            Self::AccountByProvider {
                domain_id,
                provider,
                provider_account_id,
            } => vec![
                ("domainId", domain_id),
                ("provider", provider),
                ("providerAccountId", provider_account_id),
            ],
            Self::ServiceAccountsByOrg { domain_id, org_id } => vec![("domainId", domain_id), ("orgId", org_id)],
            Self::ApiTokenByPrefix { prefix } => vec![("prefix", prefix)],
            Self::ApiTokensByServiceAccount { service_account_id } => vec![("serviceAccountId", service_account_id)],
            Self::SigningKeys | Self::All { .. } => vec![],
        }
    }
}

/// Values may name people.
impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.fields().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        write!(f, "Lookup({} by {})", self.kind().collection(), fields.join(", "))
    }
}

/// A part of a long answer, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Only ids that come after this one.
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
        match kind {
            Kind::User => Some(Self::Address),
            Kind::ApiToken => Some(Self::Prefix),
            Kind::Account => Some(Self::ProviderAccount),
            Kind::Session | Kind::Code | Kind::ServiceAccount | Kind::SigningKey | Kind::Limit => None,
        }
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
