use auth_core::Secret;
use auth_core::models::RxDBStorageConfig;
use url::Url;

/// Holds the bearer token.
const TOKEN: &str = "FLOWSTATE_AUTH_RXDB_TOKEN";
/// Whose documents they are, where the address does not say.
const DOMAIN: &str = "default";

/// Reads `rxdb+http://host/path?domain=ID&version=N`; the token comes from the environment. None: it is no such address.
pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<RxDBStorageConfig> {
    let url = Url::parse(text.strip_prefix("rxdb+")?).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.fragment().is_some() {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let (mut domain_id, mut version) = (DOMAIN.to_owned(), None);
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "domain" if (1..=64).contains(&value.len()) => domain_id = value.into_owned(),
            "version" => version = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    let mut base = url;
    base.set_query(None);
    Some(RxDBStorageConfig {
        server_url: base.as_str().trim_end_matches('/').to_owned(),
        auth_token: Secret::new(variable(TOKEN).unwrap_or_default()),
        domain_id,
        version,
    })
}
