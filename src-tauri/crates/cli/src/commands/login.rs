//! `login`: signs in with a code that is sent by e-mail.

use accounts::ports::{ApiError, Clock, CodeSent};
use accounts::{Accounts, AccountsError, SignInView, StepError};
use auth_core::config::StoredAuth;
use auth_core::{Email, ServerId, VerificationCode};
use machine::SystemClock;
use serde_json::json;

use crate::arguments::LoginArguments;
use crate::door::in_time;
use crate::environment::{Environment, Instead};
use crate::error::CliError;
use crate::{bearer, door, output, selection, terminal};

pub(crate) fn run(typed: &LoginArguments, environment: &Environment, json: bool) -> Result<(), CliError> {
    let document = environment.read_shared_file()?;
    let id = selection::choose(typed.meant.server.as_deref(), environment, document.config())?;
    let told = typed.code.is_some() || typed.code_stdin || typed.send_only;
    if !told && !terminal::is_there() {
        return Err(CliError::CannotAsk {
            missing: "It is not said where the code comes from.",
            remedy: "add --code-stdin, --send-only, or --code CODE for a code that was sent before",
        });
    }
    let email = email(typed.email.as_deref())?;
    let code = typed
        .code
        .as_ref()
        .map(|code| VerificationCode::parse(code.expose()))
        .transpose()?;
    door::open_to_sign_in(environment, async |accounts| {
        let auth = match code {
            Some(code) => {
                // It is good once, and what it gives could not be kept by a program that ends.
                in_time(accounts.check_store(&id)).await?;
                in_time(accounts.sign_in(&id, &email, &code)).await?
            }
            None => {
                let sent = send(&accounts, &id, &email).await?;
                if typed.send_only {
                    return print_sent(&id, &email, sent, json);
                }
                if typed.code_stdin {
                    let code = terminal::read_line("a code")?;
                    in_time(accounts.submit_code(&id, &code)).await?
                } else {
                    converse(&accounts, &id, &email).await?
                }
            }
        };
        print_signed_in(&id, &auth, json)?;
        door::tell_servers(&accounts).await;
        Ok(())
    })
}

fn email(typed: Option<&str>) -> Result<Email, CliError> {
    match typed {
        Some(typed) => Ok(Email::parse(typed)?),
        None if terminal::is_there() => loop {
            match Email::parse(&terminal::ask("E-mail address: ", "an e-mail address")?) {
                Ok(email) => return Ok(email),
                Err(error) => output::line(&CliError::from(error).to_string()),
            }
        },
        None => Err(CliError::CannotAsk {
            missing: "The e-mail address is missing.",
            remedy: "add --email ADDRESS",
        }),
    }
}

async fn send(accounts: &Accounts, id: &ServerId, email: &Email) -> Result<CodeSent, CliError> {
    let sent = in_time(accounts.request_code(id, email.as_str())).await?;
    let minutes = sent.expires_in.as_secs().div_ceil(60);
    output::line(&format!(
        "A code is on its way to {}; it is good for {minutes} min.",
        email.as_str()
    ));
    Ok(sent)
}

/// What a person types to have a new code sent: no code begins with a letter.
const AGAIN: &str = "r";

/// Asks until a code is right or asking again is of no use.
async fn converse(accounts: &Accounts, id: &ServerId, email: &Email) -> Result<StoredAuth, CliError> {
    loop {
        let typed = terminal::ask(&question(accounts, id), "a code")?;
        if typed.is_empty() {
            continue;
        }
        let done = if typed.eq_ignore_ascii_case(AGAIN) {
            send(accounts, id, email).await.map(|_| None)
        } else {
            in_time(accounts.submit_code(id, &typed)).await.map(Some)
        };
        match done {
            Ok(Some(auth)) => return Ok(auth),
            Ok(None) => {}
            Err(error) if may_try_again(&error) => output::line(&error.to_string()),
            Err(error) => return Err(error),
        }
    }
}

fn question(accounts: &Accounts, id: &ServerId) -> String {
    let snapshot = accounts.snapshot();
    let step = snapshot.server(id.as_str()).map(|server| &server.sign_in);
    let Some(SignInView::CodeRequested {
        tries_left,
        code_expires_at,
        ..
    }) = step
    else {
        return format!("Type {AGAIN} to have a code sent: ");
    };
    match tries_left {
        _ if *code_expires_at <= SystemClock.now() => format!("The code has run out; type {AGAIN} for a new one: "),
        0 => format!("No tries are left; type {AGAIN} for a new code: "),
        1 => format!("Code (1 try left, {AGAIN} for a new one): "),
        tries => format!("Code ({tries} tries left, {AGAIN} for a new one): "),
    }
}

/// A mistyped or outlived code, and a new one that was asked for too soon; everything else would only happen again.
fn may_try_again(error: &CliError) -> bool {
    let CliError::Accounts { source } = error else {
        return false;
    };
    matches!(
        source,
        AccountsError::Code { .. }
            | AccountsError::Step {
                source: StepError::TooSoon { .. }
            }
            | AccountsError::Api {
                source: ApiError::CodeInvalid { .. }
                    | ApiError::CodeExpired
                    | ApiError::CodeAttemptsExceeded
                    | ApiError::RateLimited { .. }
            }
    )
}

fn print_sent(id: &ServerId, email: &Email, sent: CodeSent, json: bool) -> Result<(), CliError> {
    output::line(&format!(
        "Then sign in with: flowstate-auth login --server {id} --email {} --code CODE",
        email.as_str()
    ));
    if json {
        let (expires_in, retry_after) = (sent.expires_in.as_secs(), sent.retry_after.as_secs());
        output::json(&json!({"server": id, "expiresIn": expires_in, "retryAfter": retry_after}))?;
    }
    Ok(())
}

fn print_signed_in(id: &ServerId, auth: &StoredAuth, json: bool) -> Result<(), CliError> {
    output::line(&format!("Signed in to {id} as {}.", auth.email));
    bearer::remind(Instead::look().ok().flatten().as_ref());
    if json {
        output::json(&json!({
            "server": id, "email": auth.email, "userId": auth.user_id, "expiresAt": auth.expires_at,
        }))?;
    }
    Ok(())
}
