//! What a server counts, for Prometheus. Labels take few values, whatever strangers send.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper ends of the time a request takes, seconds.
const SECONDS: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 25.0,
];

/// A kind of request with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    /// As the router names it; `none` where it knows none.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// What became of something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// The outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// A mail that went out.
    Sent,
    /// A mail that did not.
    Failed,
    /// A refresh that gave the next generation.
    Rotated,
    /// A refresh that gave the current generation once more.
    GivenAgain,
    /// A refresh with an old token.
    Reused,
    /// A sign-in.
    SignedIn,
    /// An API token that was traded.
    Traded,
}

impl Became {
    fn label(self) -> Outcome {
        let outcome = match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Rotated => "rotated",
            Self::GivenAgain => "given_again",
            Self::Reused => "reused",
            Self::SignedIn => "signed_in",
            Self::Traded => "traded",
        };
        Outcome { outcome }
    }
}

/// The counts of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    /// Connections that are open.
    pub connections: Gauge,
    mails: Family<Outcome, Counter>,
    grants: Family<Outcome, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("flowstate_auth");
        let requests = Family::default();
        registry.register("requests", "Requests that were answered", requests.clone());
        let seconds: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("request_seconds", "Time from a request to its answer", seconds.clone());
        let connections = Gauge::default();
        registry.register("connections", "Connections that are open", connections.clone());
        let mails = Family::default();
        registry.register("mails", "Codes that were to be mailed", mails.clone());
        let grants = Family::default();
        registry.register(
            "grants",
            "Sign-ins, refreshes and API tokens that were traded",
            grants.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
            connections,
            mails,
            grants,
        }
    }
}

impl Metrics {
    /// Counts a request that was answered.
    pub fn request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.seconds
            .get_or_create(&Route { route: route.clone() })
            .observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status }).inc();
    }

    /// Counts a mail.
    pub fn mail(&self, outcome: Became) {
        self.mails.get_or_create(&outcome.label()).inc();
    }

    /// Counts a grant that was given or found to be old.
    pub fn grant(&self, outcome: Became) {
        self.grants.get_or_create(&outcome.label()).inc();
    }

    /// All counts in OpenMetrics' text form, which Prometheus reads.
    ///
    /// # Errors
    /// Only where there is no memory for the text.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
