//! `store`: where secrets are kept.

use accounts::ports::VaultError;
use accounts::{Accounts, AccountsError, StoreKind};
use machine::PassphraseNeed;
use serde_json::json;

use crate::arguments::{StoreCommand, StoreUseArguments};
use crate::environment::Environment;
use crate::error::CliError;
use crate::passphrase::Asking;
use crate::{door, output};

pub(crate) fn run(command: &StoreCommand, environment: &Environment, json: bool) -> Result<(), CliError> {
    match command {
        StoreCommand::Show => door::open_with_store(environment, async |accounts, asking| {
            show(&accounts, &asking, json).await
        }),
        StoreCommand::Use(typed) => door::open_with_store(environment, async |accounts, asking| {
            choose(typed, &accounts, &asking, json).await
        }),
    }
}

/// Nobody is asked for a passphrase only to count.
async fn show(accounts: &Accounts, asking: &Asking, json: bool) -> Result<(), CliError> {
    let store = asking.store();
    let kind = store.chosen().await?;
    let counted = match accounts.count_secrets(&*store.of_kind(kind)).await {
        Ok(items) => Ok(items),
        Err(error @ AccountsError::Vault { .. }) => Err(error),
        Err(error) => return Err(error.into()),
    };
    if let Err(error) = &counted {
        output::warning(&format!(
            "what is in it could not be counted. {}",
            error.problem().message
        ));
    }
    if kind == StoreKind::Plaintext {
        output::warning("it is a plaintext file; whoever can read it can use your sessions.");
    }
    for left in accounts
        .store_leftovers()
        .await?
        .into_iter()
        .filter(|left| *left != kind)
    {
        told_of_copies(left, kind);
    }
    if json {
        let source = if store.fixed().is_some() { "env" } else { "settings" };
        return output::json(&json!({"store": kind, "source": source, "items": counted.ok()}));
    }
    let mut text = kind.name().to_owned();
    match counted {
        Ok(1) => text += ", 1 session",
        Ok(items) => text += &format!(", {items} sessions"),
        Err(_) => {}
    }
    text += &match store.path(kind) {
        Some(path) => format!(", in {}", path.display()),
        None => ", in items called \"FlowState: …\"".to_owned(),
    };
    if store.fixed().is_some() {
        text += ", because FLOWSTATE_CREDENTIAL_STORE says so";
    }
    output::table(&format!("{text}\n"))
}

async fn choose(typed: &StoreUseArguments, accounts: &Accounts, asking: &Asking, json: bool) -> Result<(), CliError> {
    let (store, new) = (asking.store(), typed.kind.into());
    if let Some(kind) = store.fixed() {
        return Err(CliError::StoreFixed { kind });
    }
    let old = store.chosen().await?;
    let (mut moved, mut left_behind) = (0, None);
    if old != new {
        open(asking, new).await?;
        if typed.without_moving {
            accounts.choose_store(new).await?;
        } else {
            // An encrypted file that is not there has nothing to open.
            if store.passphrase_need(old).await? == PassphraseNeed::Known {
                open(asking, old).await?;
            }
            match accounts.move_store(&*store.of_kind(old), &*store.of_kind(new)).await {
                Ok(done) => (moved, left_behind) = (done.items, done.left_behind),
                Err(error) => {
                    // What was made for it, a passphrase included, goes.
                    retire(asking, new).await;
                    return Err(error.into());
                }
            }
        }
    }
    output::line(&said(new, old, moved, typed.without_moving));
    if let Some(path) = store.path(new).filter(|_| new == StoreKind::Plaintext) {
        output::warning(&format!(
            "whoever can read {} can use your sessions. A file that a passphrase opens: flowstate-auth store use encrypted-file",
            path.display()
        ));
    }
    if let Some(reason) = &left_behind {
        output::warning(reason);
        told_of_copies(old, new);
    } else if old != new && !typed.without_moving {
        retire(asking, old).await;
    }
    // Of moves that were broken off; the one above has told of its own.
    for kind in accounts.store_leftovers().await? {
        if kind != new && (kind != old || left_behind.is_none()) {
            tidy(accounts, asking, kind, new).await;
        }
    }
    if json {
        output::json(&json!({"store": new, "moved": moved, "leftBehind": left_behind}))?;
    }
    Ok(())
}

/// Asks where somebody can be asked; else whoever called is told what is missing before anything is done.
async fn open(asking: &Asking, kind: StoreKind) -> Result<(), VaultError> {
    asking.open(kind).await?;
    match asking.store().passphrase_need(kind).await? {
        PassphraseNeed::No => Ok(()),
        PassphraseNeed::Known | PassphraseNeed::New => Err(VaultError::PassphraseNeeded),
    }
}

fn said(new: StoreKind, old: StoreKind, moved: usize, without_moving: bool) -> String {
    let noun = new.noun();
    match moved {
        _ if new == old => format!("Sessions are kept in the {noun} already."),
        _ if without_moving => format!(
            "Sessions are kept in the {noun} from now on. Those in the {} stay there.",
            old.noun()
        ),
        0 => format!("Sessions are kept in the {noun} from now on. There was none to move."),
        1 => format!("Sessions are kept in the {noun} from now on. One was moved."),
        moved => format!("Sessions are kept in the {noun} from now on. {moved} were moved."),
    }
}

fn told_of_copies(left: StoreKind, used: StoreKind) {
    output::warning(&format!(
        "copies of sessions may lie in the {} still. They are deleted by: flowstate-auth store use {}",
        left.noun(),
        used.name()
    ));
}

/// What is left of a store of before goes too.
async fn tidy(accounts: &Accounts, asking: &Asking, kind: StoreKind, used: StoreKind) {
    let tidied = match asking.open(kind).await {
        Ok(()) => accounts.tidy_store(&*asking.store().of_kind(kind)).await,
        Err(error) => Err(error.into()),
    };
    match tidied {
        Ok(()) => retire(asking, kind).await,
        Err(error) => {
            output::warning(&error.problem().message);
            told_of_copies(kind, used);
        }
    }
}

async fn retire(asking: &Asking, kind: StoreKind) {
    if let Err(error) = asking.store().retire(kind).await {
        output::warning(&AccountsError::from(error).problem().message);
    }
}
