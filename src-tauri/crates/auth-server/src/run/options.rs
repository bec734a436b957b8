use std::net::SocketAddr;
use std::path::PathBuf;

use auth_core::tokens::SigningAlgorithm;
use clap::builder::{FalseyValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use ipnet::IpNet;

use crate::SignUp;

/// The options of the server, each also an environment variable. Lives are in seconds.
#[derive(Debug, Args)]
pub struct Options {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "FLOWSTATE_AUTH_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8787"
    )]
    pub listen: SocketAddr,

    #[command(flatten)]
    pub place: PlaceOptions,

    /// A domain to serve; may be given several times
    #[arg(
        long,
        env = "FLOWSTATE_AUTH_DOMAIN",
        value_name = "ID",
        value_delimiter = ',',
        default_value = "default"
    )]
    pub domain: Vec<String>,

    /// How codes go out: smtp://NAME:PASSWORD@HOST, smtps://…, file:DIR, or dev for the mailbox (with --dev, and its
    /// default). smtp:// uses STARTTLS but on this machine; ?tls=none and ?ca=FILE change that
    #[arg(long, env = "FLOWSTATE_AUTH_MAIL", hide_env_values = true, value_name = "HOW")]
    pub mail: Option<String>,

    /// Whom mails are from: an address, or "Name <address>"
    #[arg(long, env = "FLOWSTATE_AUTH_MAIL_FROM", value_name = "FROM")]
    pub mail_from: Option<String>,

    /// What the server is called in its tokens: its public address [default: the address it listens on]
    #[arg(long, env = "FLOWSTATE_AUTH_ISSUER", value_name = "URL")]
    pub issuer: Option<String>,

    /// How access tokens are signed
    #[arg(long, env = "FLOWSTATE_AUTH_ALG", value_name = "ALG", default_value = "RS256", value_parser = algorithm())]
    pub alg: SigningAlgorithm,

    /// For development: loopback only, anybody may sign in, codes are shown on stderr and at /dev/mailbox
    #[arg(long, env = "FLOWSTATE_AUTH_DEV", value_parser = FalseyValueParser::new())]
    pub dev: bool,

    /// Who may become a user: open, closed, or e-mail domains like example.com,example.org
    #[arg(long, env = "FLOWSTATE_AUTH_SIGN_UP", value_name = "WHO", default_value = "open")]
    pub sign_up: SignUp,

    /// E-mail domains whose addresses get the scope admin [env: also ADMIN_EMAIL_DOMAINS]
    #[arg(
        long,
        env = "FLOWSTATE_AUTH_ADMIN_EMAIL_DOMAINS",
        value_name = "DOMAIN",
        value_delimiter = ','
    )]
    pub admin_email_domains: Vec<String>,

    /// A proxy whose X-Forwarded-For is believed, like 10.0.0.0/8; may be given several times
    #[arg(
        long,
        env = "FLOWSTATE_AUTH_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<IpNet>,

    /// Show what is counted at /metrics, for Prometheus; keep that path from strangers
    #[arg(long, env = "FLOWSTATE_AUTH_METRICS", value_parser = FalseyValueParser::new())]
    pub metrics: bool,

    /// How the log is written to stderr; FLOWSTATE_LOG says how much
    #[arg(
        long,
        env = "FLOWSTATE_AUTH_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,

    #[command(flatten)]
    pub lives: Lives,

    #[command(flatten)]
    pub limits: LimitOptions,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text an event
    Text,
    /// A JSON object an event
    Json,
}

/// Where the data is.
#[derive(Debug, Args)]
pub struct PlaceOptions {
    /// Where everything is kept: sqlite:PATH, file:DIR, postgres://…, s3://… or rxdb+https://… [default: sqlite:auth.db in the data folder]
    #[arg(long, env = "FLOWSTATE_AUTH_STORAGE", hide_env_values = true, value_name = "URL")]
    pub storage: Option<String>,

    /// Folder for the data [default: the platform's data folder]
    #[arg(long, env = "FLOWSTATE_AUTH_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// How long things live, in seconds.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lives, in seconds")]
pub struct Lives {
    /// Access tokens
    #[arg(long, env = "FLOWSTATE_AUTH_ACCESS_TTL", value_name = "S", default_value_t = 900, value_parser = seconds())]
    pub access_ttl: u64,

    /// Refresh tokens, and a session after its last use
    #[arg(long, env = "FLOWSTATE_AUTH_REFRESH_TTL", value_name = "S", default_value_t = 2_592_000, value_parser = seconds())]
    pub refresh_ttl: u64,

    /// How long the last refresh token but one still gets the current one
    #[arg(long, env = "FLOWSTATE_AUTH_REFRESH_GRACE", value_name = "S", default_value_t = 600, value_parser = seconds())]
    pub refresh_grace: u64,

    /// Mailed codes
    #[arg(long, env = "FLOWSTATE_AUTH_CODE_TTL", value_name = "S", default_value_t = 600, value_parser = seconds())]
    pub code_ttl: u64,

    /// A session from sign-in, however often it is used
    #[arg(long, env = "FLOWSTATE_AUTH_SESSION_MAX", value_name = "S", default_value_t = 31_536_000, value_parser = seconds())]
    pub session_max: u64,
}

/// How often things may be done.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits, an hour unless said otherwise; far higher with --dev")]
pub struct LimitOptions {
    /// off: no limits at all (only with --dev)
    #[arg(long, env = "FLOWSTATE_AUTH_LIMITS", value_name = "on|off", default_value = "on", value_parser = ["on", "off"])]
    pub limits: String,

    /// Seconds between two codes to an address [default: 60]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_SEND_INTERVAL", value_name = "S", value_parser = count())]
    pub limit_send_interval: Option<u32>,

    /// Codes to an address [default: 5]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_SEND_ADDRESS", value_name = "N", value_parser = count())]
    pub limit_send_address: Option<u32>,

    /// Codes asked for by an IP [default: 60]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_SEND_IP", value_name = "N", value_parser = count())]
    pub limit_send_ip: Option<u32>,

    /// Codes in all [default: 3000]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_SEND_ALL", value_name = "N", value_parser = count())]
    pub limit_send_all: Option<u32>,

    /// Codes tried for an address [default: 30]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_VERIFY_ADDRESS", value_name = "N", value_parser = count())]
    pub limit_verify_address: Option<u32>,

    /// Codes tried by an IP [default: 300]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_VERIFY_IP", value_name = "N", value_parser = count())]
    pub limit_verify_ip: Option<u32>,

    /// Wrong API tokens of an IP [default: 120]
    #[arg(long, env = "FLOWSTATE_AUTH_LIMIT_TOKEN_IP", value_name = "N", value_parser = count())]
    pub limit_token_ip: Option<u32>,
}

pub fn algorithm() -> impl TypedValueParser<Value = SigningAlgorithm> {
    PossibleValuesParser::new(["RS256", "ES256", "EdDSA"]).map(|name| match name.as_str() {
        "ES256" => SigningAlgorithm::ES256,
        "EdDSA" => SigningAlgorithm::EdDSA,
        _ => SigningAlgorithm::RS256,
    })
}

fn seconds() -> impl TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(1..=3_153_600_000)
}

fn count() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(1..)
}
