//! The HTTP client against the real server and against every kind of wrong one.

mod exchange;
mod faults;
mod own_sessions;
mod problems;
mod real;
pub mod replay;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::Server;
use auth_core::{Email, Secret, ServerId, ServerUrl, VerificationCode};
use machine::{CliAuthService, SystemClock};

/// Long enough for a loaded machine, short enough to wait for.
fn service() -> CliAuthService {
    CliAuthService::new(Arc::new(SystemClock)).with_timeouts(Duration::from_secs(20), Duration::from_secs(10))
}

fn server(url: &str) -> Server {
    Server {
        id: ServerId::existing("prod"),
        url: ServerUrl::parse(url).unwrap(),
        domain_id: "default".to_owned(),
    }
}

fn email() -> Email {
    Email::parse("ada@example.com").unwrap()
}

fn code() -> VerificationCode {
    VerificationCode::parse("123456").unwrap()
}

fn refresh_token() -> Secret {
    Secret::new("refresh-token-of-ada")
}
