use clap::{Args, Parser, Subcommand, ValueEnum};

use auth_core::tokens::SigningAlgorithm;

use super::Options;
use super::options::{PlaceOptions, algorithm};

/// What the program is asked to do; without a command it serves.
#[derive(Debug, Parser)]
#[command(
    name = "flowstate-auth-server",
    version,
    about = "Signs people in by e-mailed codes and keeps their sessions",
    args_conflicts_with_subcommands = true
)]
pub struct Arguments {
    #[command(flatten)]
    pub serve: Options,

    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Arguments {
    /// The options of the server, if that is what is asked for.
    pub fn serving(&self) -> Option<&Options> {
        match &self.command {
            None => Some(&self.serve),
            Some(Command::Serve(options)) => Some(options),
            Some(_) => None,
        }
    }

    /// The same, to be completed.
    pub fn serving_mut(&mut self) -> Option<&mut Options> {
        match &mut self.command {
            None => Some(&mut self.serve),
            Some(Command::Serve(options)) => Some(options),
            Some(_) => None,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves; the same as no command
    Serve(Box<Options>),
    /// Looks at the signing keys and makes new ones
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Makes service accounts and their API tokens
    #[command(subcommand)]
    ServiceAccount(ServiceAccountCommand),
    /// Looks after the storage
    #[command(subcommand)]
    Storage(StorageCommand),
    /// Prints the OpenAPI document
    Openapi,
}

/// `keys …`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a new key; running servers take it up by themselves, and nobody is signed out
    Rotate(RotateOptions),
    /// Lists the keys whose tokens may still be about
    List(ListOptions),
}

#[derive(Debug, Args)]
pub struct RotateOptions {
    #[command(flatten)]
    pub place: PlaceOptions,

    /// Which key: of access and service tokens, or of refresh tokens
    #[arg(long = "use", value_name = "USE", default_value = "access")]
    pub key_use: WhichKey,

    /// How it signs access tokens [default: as the newest key does]
    #[arg(long, env = "FLOWSTATE_AUTH_ALG", value_name = "ALG", value_parser = algorithm())]
    pub alg: Option<SigningAlgorithm>,

    /// Let it sign at once and not after ten minutes; for a key that somebody else may hold
    #[arg(long)]
    pub at_once: bool,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhichKey {
    Access,
    Refresh,
}

#[derive(Debug, Args)]
pub struct ListOptions {
    #[command(flatten)]
    pub place: PlaceOptions,

    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `service-account …`
#[derive(Debug, Subcommand)]
pub enum ServiceAccountCommand {
    /// Makes a service account and prints its id
    Create(CreateOptions),
    /// Lists the service accounts of a domain
    List(ListAccountsOptions),
    /// Makes an API token of a service account and prints it, this once
    Token(TokenOptions),
}

#[derive(Debug, Args)]
pub struct DomainOptions {
    #[command(flatten)]
    pub place: PlaceOptions,

    /// The domain that it belongs to
    #[arg(long, env = "FLOWSTATE_AUTH_DOMAIN", value_name = "ID", default_value = "default")]
    pub domain: String,

    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct CreateOptions {
    #[command(flatten)]
    pub common: DomainOptions,

    /// What it is called
    pub name: String,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// What its tokens may do; may be given several times
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub scope: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ListAccountsOptions {
    #[command(flatten)]
    pub common: DomainOptions,
}

#[derive(Debug, Args)]
pub struct TokenOptions {
    #[command(flatten)]
    pub common: DomainOptions,

    /// The id of the service account
    pub id: String,

    /// What the token is called
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// Make an epic_test_ token and not an epic_live_ one
    #[arg(long)]
    pub test: bool,

    /// Its life in seconds [default: until it is revoked]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3_153_600_000))]
    pub expires_in: Option<u64>,
}

/// `storage …`
#[derive(Debug, Subcommand)]
pub enum StorageCommand {
    /// Reads everything once and says what is damaged
    Check(CheckOptions),
    /// Copies everything into another storage and reads it back there; no server may run on either meanwhile
    Migrate(MigrateOptions),
}

#[derive(Debug, Args)]
pub struct MigrateOptions {
    /// The storage to read: sqlite:PATH, file:DIR, postgres://…, s3://… or rxdb+https://…
    #[arg(
        long,
        env = "FLOWSTATE_AUTH_MIGRATE_FROM",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub from: String,

    /// The storage to write; what is there already stays
    #[arg(long, env = "FLOWSTATE_AUTH_MIGRATE_TO", hide_env_values = true, value_name = "URL")]
    pub to: String,

    /// Write over records that are there and differ
    #[arg(long)]
    pub overwrite: bool,
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    #[command(flatten)]
    pub place: PlaceOptions,

    /// Mend what can be mended without losing anything; no server may run on the storage meanwhile
    #[arg(long)]
    pub mend: bool,
}
