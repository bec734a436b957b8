use auth_core::Secret;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Key};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use std::time::Duration;
use url::Url;

/// How long a request may take, and a connection.
const PATIENCE: Duration = Duration::from_secs(5);
const CONNECTING: Duration = Duration::from_secs(2);
/// How often a request that only reads is sent again.
const TRIES: usize = 2;

/// The variables that say who we are there, as everybody else's programs take them.
const VARIABLES: [&str; 13] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_ENDPOINT_URL_STS",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_METADATA_ENDPOINT",
];

/// A place in a bucket, as its address names it: `s3://bucket/prefix?endpoint=URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Config {
    bucket: String,
    prefix: String,
    /// None: Amazon's.
    endpoint: Option<String>,
    settings: Vec<(Key, Secret)>,
}

impl S3Config {
    /// Reads an address; region and credentials come from the variables `AWS_…`, and `variable` says what they are. None: it
    /// is no such address.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "s3")?;
        if !url.username().is_empty() || url.password().is_some() || url.port().is_some() || url.fragment().is_some() {
            return None;
        }
        let (mut endpoint, mut region) = (None, None);
        for (name, value) in url.query_pairs() {
            match name.as_ref() {
                "endpoint" => endpoint = Some(web_address(&value)?),
                "region" => region = Some(Secret::new(value.as_ref())),
                _ => return None,
            }
        }
        let set = |name: &&str| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some((name.to_ascii_lowercase().parse::<Key>().ok()?, Secret::new(value)))
        };
        let mut settings: Vec<(Key, Secret)> = VARIABLES.iter().filter_map(set).collect();
        settings.extend(region.map(|region| (Key::Region, region)));
        Some(Self {
            bucket: url.host_str().filter(|host| !host.is_empty())?.to_owned(),
            prefix: url.path().trim_matches('/').to_owned(),
            endpoint,
            settings,
        })
    }

    /// What the objects' names begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The same address, without anything secret.
    pub(super) fn shown(&self) -> String {
        let at = self.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}"));
        format!("s3://{}/{}{}", self.bucket, self.prefix, at.unwrap_or_default())
    }

    /// A client that reads, trying again, and one that writes: what was sent once and had no answer may have been done, and
    /// done over it would be done twice.
    pub(super) fn clients(&self) -> Result<(AmazonS3, AmazonS3), object_store::Error> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_client_options(
                ClientOptions::new()
                    .with_timeout(PATIENCE)
                    .with_connect_timeout(CONNECTING)
                    .with_allow_http(true),
            );
        for (key, value) in &self.settings {
            builder = builder.with_config(*key, value.expose());
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(false);
        }
        let tries = |max_retries| RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries,
            retry_timeout: PATIENCE,
        };
        let reads = builder.clone().with_retry(tries(TRIES)).build()?;
        Ok((reads, builder.with_retry(tries(0)).build()?))
    }
}

fn web_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host();
    let bare = url.username().is_empty() && url.query().is_none() && url.fragment().is_none();
    (plain && bare).then(|| text.trim_end_matches('/').to_owned())
}
