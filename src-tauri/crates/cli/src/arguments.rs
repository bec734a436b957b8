//! What can be typed. The comments here are the text of `--help`.

use std::convert::Infallible;
use std::time::Duration;

use accounts::StoreKind;
use auth_core::Secret;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

const MORE: &str = "\
Server: --server ID, else $FLOWSTATE_SERVER, else activeServerId in the nearest .flowstate/config.json of the project \
you are in, else the default of the shared file ($FLOWSTATE_CONFIG_DIR/config.json or ~/.flowstate/config.json).

Output: data on stdout, words for people on stderr. With --json each command prints one line of JSON on stdout; a \
failure is {\"ok\":false,\"code\":\"…\",\"message\":\"…\"} there, besides the sentence on stderr. Only `token` prints a secret.

Exit codes: 0 done, 1 fault of this program, 2 usage, 3 configuration, 4 sign-in needed, 5 server unreachable, \
6 credential store locked or absent, 7 rate limited.

Environment: FLOWSTATE_SERVER, FLOWSTATE_CONFIG_DIR, FLOWSTATE_AUTH_TOKEN (a static bearer: `token` prints it and \
touches nothing), FLOWSTATE_CREDENTIAL_STORE (keychain, encrypted-file or plaintext, whatever was chosen), \
FLOWSTATE_STORE_PASSPHRASE_FILE (its first line opens the encrypted file), FLOWSTATE_LOG (what is logged to stderr, \
such as info; nothing without it).";

/// Sign in to FlowState servers and hand access tokens to other tools.
#[derive(Debug, Parser)]
#[command(name = "flowstate-auth", version, after_help = MORE, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Print one line of JSON on stdout.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add, list, choose, change and remove servers.
    Server {
        #[command(subcommand)]
        command: ServerCommand,
    },
    /// Sign in with a code that is sent by e-mail. At a terminal it asks for what is missing.
    Login(LoginArguments),
    /// End the session, at the server and on this machine.
    Logout {
        #[command(flatten)]
        meant: Meant,
    },
    /// Print an access token, refreshed first where it must be.
    Token(TokenArguments),
    /// Show who is signed in where. Ends with 0 if the server that is meant is signed in.
    Status {
        #[command(flatten)]
        meant: Meant,
    },
    /// Show or choose where sessions are kept.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
}

/// Which server a command means.
#[derive(Debug, Args)]
pub(crate) struct Meant {
    /// The server; without it the first of the rules below that answers.
    #[arg(long, value_name = "ID")]
    pub server: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServerCommand {
    /// Add a server. The first one becomes the default.
    Add(AddArguments),
    /// List the servers; the default one is marked.
    List,
    /// Make a server the default of every tool on this machine.
    Use { id: String },
    /// Sign out of a server and take it off the list.
    Remove { id: String },
    /// Give a server another ID; its session stays.
    Rename { id: String, new_id: String },
    /// Change a server. Another address or domain signs you out of it first.
    Edit(EditArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Say which store is in use, where it lies and how many sessions it holds.
    Show,
    /// Move all sessions to another store, and use that one from now on.
    Use(StoreUseArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StoreUseArguments {
    pub kind: Kind,
    /// Leave behind what is in the store that was used so far, for one that does not open any more. Sign in again afterwards.
    #[arg(long)]
    pub without_moving: bool,
}

/// A store, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// The keychain of this computer.
    Keychain,
    /// A file that a passphrase opens.
    EncryptedFile,
    /// A file with which whoever can read it can use your sessions.
    Plaintext,
}

impl From<Kind> for StoreKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Keychain => Self::Keychain,
            Kind::EncryptedFile => Self::EncryptedFile,
            Kind::Plaintext => Self::Plaintext,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// A short name to call it by: letters, digits, dots, dashes, underscores.
    pub id: String,
    /// Its address, like https://auth.example.com.
    #[arg(long)]
    pub url: String,
    /// What people see; the ID where it is left out.
    #[arg(long)]
    pub name: Option<String>,
    /// The domain to sign in to; "default" where it is left out.
    #[arg(long)]
    pub domain: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub(crate) struct EditArguments {
    pub id: String,
    /// What people see.
    #[arg(long, group = "change")]
    pub name: Option<String>,
    /// Its address.
    #[arg(long, group = "change")]
    pub url: Option<String>,
    /// The domain to sign in to.
    #[arg(long, group = "change")]
    pub domain: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    #[command(flatten)]
    pub meant: Meant,
    /// Where the code is sent.
    #[arg(long)]
    pub email: Option<String>,
    /// Use this code, which was sent before.
    #[arg(long, value_parser = secret, group = "how")]
    pub code: Option<Secret>,
    /// Send a code, then read it as one line from stdin.
    #[arg(long, group = "how")]
    pub code_stdin: bool,
    /// Send a code and leave.
    #[arg(long, group = "how")]
    pub send_only: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    pub meant: Meant,
    /// How many seconds the token must be good for; half its life is always enough.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32))]
    min_ttl: u32,
}

impl TokenArguments {
    pub(crate) fn min_ttl(&self) -> Duration {
        Duration::from_secs(self.min_ttl.into())
    }
}

/// Checked later, because a refusal here would repeat the value.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}
