//! E-mail codes and sessions over HTTP.
//!
//! [`Server`] is the library: given settings and its [`Parts`] it serves on a bound socket until it is told to stop.
//! The rules know nothing of HTTP; time, randomness, mail and storage come in as parts. The binary adds options and signals.

mod api_token;
mod clock;
mod hashing;
mod http;
mod keys;
mod layer;
mod mail;
mod metrics;
mod random;
mod rules;
mod run;
mod server;
mod settings;

pub use clock::{Clock, SystemClock};
pub use keys::{KeyState, KeysError, ListedKey, listed as list_keys, rotate as rotate_keys};
pub use layer::{Authenticate, BearerLayer, BearerService};
pub use mail::{
    CodeMail, FileMailer, MailError, MailFrom, MailFromError, Mailbox, Mailed, Mailer, SmtpAddress, SmtpAddressError,
    SmtpFault, SmtpMailer, SmtpSecurity,
};
pub use random::{RandomError, Randomness, SystemRandomness};
pub use rules::{Accounts, AuthError, Bearer, ProviderAccount, Subject};
pub use run::{Arguments, Command, LogFormat, Options, OptionsError, RunError, run};
pub use server::{Parts, Server};
pub use settings::{Limits, Settings, SignUp, SignUpError};
