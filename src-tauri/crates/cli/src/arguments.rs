//! What can be typed. The comments here are the text of `--help`.

mod config;
mod doctor;
mod store;

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use auth_core::Secret;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use config::ConfigCommand;
pub(crate) use doctor::DoctorArguments;
pub(crate) use store::{StoreCommand, StoreUseArguments};

/// What stands below `--help` and in the manual: a section a paragraph, its name before the first colon.
pub(crate) const MORE: &str = "\
Server: --server ID, else $FLOWSTATE_SERVER, else activeServerId in the nearest .flowstate/config.json of the project \
you are in, else the default of the shared file. `which` says what each of them says.

Token: A fresh one of the shared file; else from the running app, which refreshes it; else refreshed here. Variables can \
stand in for a server: $FLOWSTATE_AUTH_TOKEN is handed on by `token`, `headers` and `exec` whatever server is named. \
$FLOWSTATE_API_TOKEN with $FLOWSTATE_AUTH_URL is exchanged where no --server is typed; one of the two alone is not used.

Output: Data on stdout, words for people on stderr. With --json each command prints one line of JSON on stdout; a \
failure is {\"ok\":false,\"code\":CODE,\"message\":TEXT} there, besides the sentence on stderr. `token` and `headers` print a \
secret, nothing else does.

Exit codes: 0 done, 1 fault of this program, 2 usage, 3 configuration, 4 sign-in needed, 5 server unreachable, \
6 credential store locked or absent, 7 rate limited. `exec` ends as the program it runs; with 2 where that cannot be run.

Environment:
  FLOWSTATE_AUTH_TOKEN  a bearer that is handed on as it is; nothing else is looked at
  FLOWSTATE_API_TOKEN   an API token that is exchanged, where FLOWSTATE_AUTH_URL is set too
  FLOWSTATE_AUTH_URL    the address of the server that exchanges it
  FLOWSTATE_REST_URL    what `exec` sets, unless it is set: the server's address
  FLOWSTATE_MCP_URL     the same for its MCP server
  FLOWSTATE_SERVER      the server that is meant where no --server is typed
  FLOWSTATE_CONFIG_DIR  the folder of the shared file
  FLOWSTATE_AGENT_SOCK  where the running app listens
  FLOWSTATE_CREDENTIAL_STORE       keychain, encrypted-file or plaintext, whatever was chosen
  FLOWSTATE_STORE_PASSPHRASE_FILE  its first line opens the encrypted file
  FLOWSTATE_LOG         what is logged to stderr, such as info; nothing without it

Files:
  ~/.flowstate/config.json  servers and access tokens, shared with other programs";

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
    /// Copies of the shared file: list them, see what changed since, go back.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Look at everything that can be wrong, and say what to do.
    ///
    /// Files and their rights, locks, settings, the credential store, the running app, each server with its certificate, keys and
    /// clock, the desktop. Ends with 0 if all holds, else by the first check that does not: 3 configuration, 5 server, 6 credential
    /// store, 1 anything else.
    Doctor(DoctorArguments),
    /// Sign in with a code that is sent by e-mail.
    ///
    /// At a terminal it asks for what is missing, and r sends a new code. A script sends the code and reads it with --code-stdin,
    /// or sends it with --send-only and comes back with --code.
    Login(LoginArguments),
    /// End the session, at the server and on this machine.
    ///
    /// A server that cannot be told is told later, by the app or by the next login, logout, refresh or status.
    Logout(LogoutArguments),
    /// Print an access token, refreshed first where it must be.
    Token(Wanted),
    /// Print the header that carries the token, as a JSON object.
    ///
    /// For MCP clients that call a command for their headers.
    Headers(Wanted),
    /// Run a program with the token in its environment.
    ///
    /// It finds the token in FLOWSTATE_AUTH_TOKEN, and the server's addresses in FLOWSTATE_REST_URL and FLOWSTATE_MCP_URL, of which
    /// those stay that are set already. It takes this program's place: signals reach it, and its exit code is the answer.
    Exec(ExecArguments),
    /// Refresh a session, even where its token is good.
    Refresh {
        #[command(flatten)]
        meant: Meant,
    },
    /// Show who is signed in where.
    ///
    /// Ends with 0 if the server that is meant is signed in, else as `token` would.
    Status(StatusArguments),
    /// Say which server is meant, and which rule chose it.
    Which {
        #[command(flatten)]
        meant: Meant,
    },
    /// Print what a shell needs to complete this program's commands and options.
    ///
    /// For bash: source <(flowstate-auth completions bash)
    Completions { shell: Shell },
    /// Print the manual page, or write one page for each command.
    Man(ManArguments),
    /// Show or choose where sessions are kept.
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
}

/// Which server a command means.
#[derive(Debug, Args)]
pub(crate) struct Meant {
    /// The server; where it is left out, `flowstate-auth which` says which one is meant.
    #[arg(long, value_name = "ID")]
    pub server: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServerCommand {
    /// Add a server. The first one becomes the default.
    Add(AddArguments),
    /// List the servers; the default one is marked.
    List,
    /// Choose what of a session other programs find in the shared file.
    Share { id: String, what: Share },
    /// Decide about a session after another program changed the shared file.
    Settle(SettleArguments),
    /// Make a server the default of every tool on this machine.
    Use { id: String },
    /// Sign out of a server and take it off the list.
    Remove { id: String },
    /// Give a server another ID; its session stays.
    Rename { id: String, new_id: String },
    /// Change a server. Another address or domain signs you out of it first.
    Edit(EditArguments),
}

/// What of a session stands in the shared file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Share {
    /// The access token; the refresh token stays in the credential store.
    Access,
    /// Both tokens, for old programs that refresh by themselves.
    Full,
    /// Nothing: programs ask this one.
    None,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").required(true))]
pub(crate) struct SettleArguments {
    pub id: String,
    /// Put back what this computer had.
    #[arg(long, group = "whose")]
    pub ours: bool,
    /// Let stand what the other program did; our session is ended.
    #[arg(long, group = "whose")]
    pub theirs: bool,
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
pub(crate) struct LogoutArguments {
    #[command(flatten)]
    pub meant: Meant,
    /// Every session on this machine.
    #[arg(long, conflicts_with = "server")]
    pub all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub meant: Meant,
    /// Show what happened to the sessions instead: the last 200 events of each server.
    #[arg(long)]
    pub timeline: bool,
}

/// Which token a command hands out.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    #[command(flatten)]
    pub meant: Meant,
    /// How many seconds the token must be good for; half its life is always enough.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32))]
    min_ttl: u32,
}

impl Wanted {
    pub(crate) fn min_ttl(&self) -> Duration {
        Duration::from_secs(self.min_ttl.into())
    }
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write the page of each command into this folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    #[command(flatten)]
    pub wanted: Wanted,
    /// The program, and what it is to be called with.
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl ExecArguments {
    /// The program and its own arguments.
    pub(crate) fn program(&self) -> (&OsStr, &[OsString]) {
        match self.command.split_first() {
            Some((program, words)) => (program, words),
            // Not typed, says the parser; a program without a name is not found.
            None => (OsStr::new(""), &[]),
        }
    }
}

/// Checked later, because a refusal here would repeat the value.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}
