//! `service-account …`

use std::sync::Arc;

use auth_core::models::ServiceAccountModel;
use auth_core::storage::{Page, Store};
use auth_core::wire::{CreateApiTokenRequest, CreateServiceAccountRequest, TokenEnvironment};

use super::command::{DomainOptions, ServiceAccountCommand};
use super::plan::is_domain_id;
use super::{OptionsError, RunError, output, place};
use crate::hashing::Hashing;
use crate::rules::{Keeper, Programs};
use crate::{AuthError, Clock, Settings, SystemClock, SystemRandomness};

/// Who has made what was made here.
const OPERATOR: &str = "operator";
/// Accounts that are read at a time.
const PAGE: u32 = 200;

/// Does what the command says.
pub async fn run(command: ServiceAccountCommand) -> Result<(), RunError> {
    match command {
        ServiceAccountCommand::Create(options) => {
            let request = CreateServiceAccountRequest {
                name: options.name,
                description: options.description,
                scopes: options.scope,
                org_id: None,
            };
            let json = options.common.json;
            let account = with(&options.common, async |programs, keeper| {
                programs.create(keeper, request).await
            })
            .await?;
            if json {
                output::json(&account)
            } else {
                output::line(&account.id)
            }
        }
        ServiceAccountCommand::List(options) => {
            let accounts = with(&options.common, all).await?;
            if options.common.json {
                return output::json(&accounts);
            }
            for account in accounts {
                let state = if account.active { "" } else { "  (not active)" };
                let scopes = account.scopes.join(",");
                output::line(&format!("{}  {}  [{scopes}]{state}", account.id, account.name))?;
            }
            Ok(())
        }
        ServiceAccountCommand::Token(options) => {
            let request = CreateApiTokenRequest {
                name: options.name,
                environment: if options.test {
                    TokenEnvironment::Test
                } else {
                    TokenEnvironment::Live
                },
                expires_at: options.expires_in.map(|life| SystemClock.now().plus_seconds(life)),
            };
            let id = options.id;
            let token = with(&options.common, async |programs, keeper| {
                programs.create_token(keeper, &id, request).await
            })
            .await?;
            if options.common.json {
                return output::json(&token);
            }
            eprintln!("this token is shown once; keep it as a secret");
            output::line(token.token.as_ref().map_or("", |token| token.expose()))
        }
    }
}

/// The rules over the storage that the options name, for the domain that they name.
async fn with<T>(
    options: &DomainOptions,
    act: impl AsyncFnOnce(&Programs, Keeper<'_>) -> Result<T, AuthError>,
) -> Result<T, RunError> {
    let domain_id = options.domain.as_str();
    if !is_domain_id(domain_id) {
        return Err(RunError::Options {
            source: OptionsError::BadDomain {
                domain: domain_id.to_owned(),
            },
        });
    }
    let storage = place::open(&options.place.database()?).await?;
    let programs = Programs {
        store: Store::new(storage.clone()),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandomness),
        hashing: Hashing::new(1),
    };
    let keeper = Keeper {
        id: OPERATOR,
        domain_id,
        org_id: &Settings::org_of(domain_id),
    };
    let done = act(&programs, keeper).await;
    storage.close().await;
    Ok(done?)
}

async fn all(programs: &Programs, keeper: Keeper<'_>) -> Result<Vec<ServiceAccountModel>, AuthError> {
    let mut page = Page::first(PAGE);
    let mut accounts = Vec::new();
    loop {
        let listing = programs.list(keeper, &page).await?;
        accounts.extend(listing.items);
        match listing.next {
            None => return Ok(accounts),
            after => page.after = after,
        }
    }
}
