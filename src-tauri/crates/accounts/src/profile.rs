//! What a profile may look like: checked once, when a person types it and when a foreign file holds it.

use auth_core::config::{FlowstateConfig, ServerProfile};
use auth_core::{ServerId, ServerIdError, ServerUrl, ServerUrlError};

use crate::ServerForm;
use crate::ports::{Server, SessionRecord};

/// The domain where none is named.
pub const DEFAULT_DOMAIN: &str = "default";

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("{source}")]
    Id {
        #[source]
        source: ServerIdError,
    },
    #[error("there is a server {id} already; choose another id")]
    IdTaken { id: String },
    #[error("the name is longer than {max} characters; choose a shorter one", max = MAX_NAME)]
    NameTooLong,
    #[error("the name holds characters that cannot be shown; type it by hand")]
    NameUnprintable,
    #[error("{source}")]
    Url {
        #[source]
        source: ServerUrlError,
    },
    #[error("this is not a domain id; it has no spaces and at most {max} characters", max = MAX_DOMAIN)]
    Domain,
    #[error("the server {id} has no domainId in the shared file; edit the server and fill it in")]
    NoDomain { id: String },
}

const MAX_NAME: usize = 100;
const MAX_DOMAIN: usize = 255;

impl ProfileError {
    /// The field of the form it belongs to.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Id { .. } | Self::IdTaken { .. } => "id",
            Self::NameTooLong | Self::NameUnprintable => "name",
            Self::Url { .. } => "url",
            Self::Domain | Self::NoDomain { .. } => "domainId",
        }
    }
}

/// Reads a form: trims, fills in what was left empty, and finds everything that is wrong at once.
///
/// # Errors
/// All of the form's [`ProfileError`]s, in the order of its fields.
pub fn read_form(
    form: &ServerForm,
    editing: Option<&ServerId>,
    config: &FlowstateConfig,
) -> Result<ServerProfile, Vec<ProfileError>> {
    let mut wrong = Vec::new();
    let typed_name = form.name.trim();
    if typed_name.chars().count() > MAX_NAME {
        wrong.push(ProfileError::NameTooLong);
    } else if typed_name.chars().any(char::is_control) {
        wrong.push(ProfileError::NameUnprintable);
    }
    let url = ServerUrl::parse(&form.url).map_err(|source| wrong.push(ProfileError::Url { source }));
    let domain = form.domain_id.trim();
    if domain.len() > MAX_DOMAIN || domain.chars().any(|c| c.is_whitespace() || c.is_control()) {
        wrong.push(ProfileError::Domain);
    }
    let id = match read_id(form, editing, config) {
        Ok(id) => id,
        Err(error) => {
            wrong.push(error);
            ServerId::existing("")
        }
    };
    match url {
        Ok(url) if wrong.is_empty() => Ok(ServerProfile {
            name: if typed_name.is_empty() { id.as_str() } else { typed_name }.to_owned(),
            id: id.as_str().to_owned(),
            url: url.as_str().to_owned(),
            domain_id: if domain.is_empty() { DEFAULT_DOMAIN } else { domain }.to_owned(),
            auth: None,
        }),
        _ => Err(wrong),
    }
}

fn read_id(form: &ServerForm, editing: Option<&ServerId>, config: &FlowstateConfig) -> Result<ServerId, ProfileError> {
    let typed = form.id.trim();
    let taken = |id: &str| config.server(id).is_some() && editing.is_none_or(|editing| editing.as_str() != id);
    match (typed.is_empty(), editing) {
        (true, Some(editing)) => Ok(editing.clone()),
        // A key that others wrote need not follow our rule; keeping it is no fault.
        (false, Some(editing)) if editing.as_str() == typed => Ok(editing.clone()),
        (true, None) => Ok(free_id(&form.name, taken)),
        (false, _) => {
            let id = ServerId::parse(typed).map_err(|source| ProfileError::Id { source })?;
            if taken(id.as_str()) {
                Err(ProfileError::IdTaken { id: id.to_string() })
            } else {
                Ok(id)
            }
        }
    }
}

/// The id made from the name, with the first number behind it that is free.
fn free_id(name: &str, taken: impl Fn(&str) -> bool) -> ServerId {
    let base = ServerId::from_name(name);
    let mut id = base.clone();
    let mut number = 2;
    while taken(id.as_str()) {
        id = ServerId::existing(&format!("{base}-{number}"));
        number += 1;
    }
    id
}

/// Whether both lead to the same server and domain, however the address is written.
pub(crate) fn same_place(a: &ServerProfile, b: &ServerProfile) -> bool {
    if (&a.url, &a.domain_id) == (&b.url, &b.domain_id) {
        return true;
    }
    match (server_of(a), server_of(b)) {
        (Ok(a), Ok(b)) => (a.url, a.domain_id) == (b.url, b.domain_id),
        _ => (&a.url, &a.domain_id) == (&b.url, &b.domain_id),
    }
}

/// Whether the session that was recorded is one of this profile's server and domain.
pub(crate) fn same_place_as_record(profile: &ServerProfile, record: &SessionRecord) -> bool {
    (&profile.url, &profile.domain_id) == (&record.url, &record.domain_id)
        || server_of(profile).is_ok_and(|server| {
            ServerUrl::parse(&record.url).is_ok_and(|url| (url, &record.domain_id) == (server.url, &server.domain_id))
        })
}

/// A profile of the file, ready to be spoken to.
///
/// # Errors
/// [`ProfileError`] where another program wrote an address or a domain that cannot be used.
pub fn server_of(profile: &ServerProfile) -> Result<Server, ProfileError> {
    let url = ServerUrl::parse(&profile.url).map_err(|source| ProfileError::Url { source })?;
    if profile.domain_id.is_empty() {
        return Err(ProfileError::NoDomain { id: profile.id.clone() });
    }
    Ok(Server {
        id: ServerId::existing(&profile.id),
        url,
        domain_id: profile.domain_id.clone(),
    })
}

#[cfg(test)]
mod tests {
    use auth_core::config::ConfigDocument;

    use super::*;

    fn form(id: &str, name: &str, url: &str, domain: &str) -> ServerForm {
        ServerForm {
            id: id.into(),
            name: name.into(),
            url: url.into(),
            domain_id: domain.into(),
        }
    }

    fn taken() -> FlowstateConfig {
        let text = r#"{"servers":{"prod":{},"odd key":{"url":"https://a.example"}}}"#;
        ConfigDocument::parse(text).unwrap().config().clone()
    }

    #[test]
    fn what_is_left_empty_is_filled_in() {
        let read = read_form(&form("", " Prod ", "https://a.example/", ""), None, &taken()).unwrap();
        assert_eq!((read.id.as_str(), read.name.as_str()), ("prod-2", "Prod"));
        assert_eq!(
            (read.url.as_str(), read.domain_id.as_str()),
            ("https://a.example", "default")
        );
        let unnamed = read_form(&form("eu", "", "https://a.example", "d"), None, &taken()).unwrap();
        assert_eq!((unnamed.name.as_str(), unnamed.domain_id.as_str()), ("eu", "d"));
    }

    #[test]
    fn every_fault_is_found_at_once_and_has_its_field() {
        let wrong = read_form(&form("prod", &"x".repeat(101), "a.example", "a b"), None, &taken()).unwrap_err();
        assert_eq!(
            wrong.iter().map(ProfileError::field).collect::<Vec<_>>(),
            ["name", "url", "domainId", "id"]
        );
        assert!(matches!(&wrong[3], ProfileError::IdTaken { id } if id == "prod"));
        let bidi = read_form(&form("x", "a\u{7}b", "https://a.example", ""), None, &taken()).unwrap_err();
        assert_eq!(bidi, [ProfileError::NameUnprintable]);
    }

    #[test]
    fn editing_keeps_a_key_that_others_wrote() {
        let editing = ServerId::existing("odd key");
        let read = read_form(&form("odd key", "n", "https://a.example", ""), Some(&editing), &taken()).unwrap();
        assert_eq!(read.id, "odd key");
        let onto = read_form(&form("prod", "n", "https://a.example", ""), Some(&editing), &taken()).unwrap_err();
        assert_eq!(onto, [ProfileError::IdTaken { id: "prod".into() }]);
    }

    #[test]
    fn a_foreign_profile_that_cannot_be_used_says_why() {
        let config = taken();
        assert!(matches!(
            server_of(config.server("prod").unwrap()),
            Err(ProfileError::Url { .. })
        ));
        assert!(matches!(
            server_of(config.server("odd key").unwrap()),
            Err(ProfileError::NoDomain { .. })
        ));
    }
}
