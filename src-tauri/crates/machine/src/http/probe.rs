//! A server, looked at step by step: what exactly keeps a request from being answered.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use accounts::ports::{ApiError, Server};
use auth_core::tokens::JwksVerifier;
use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::CertificateError;
use time::OffsetDateTime;
use tokio::net::TcpStream;
use url::Url;

use super::keys::PATH;
use super::transport::{Timeouts, Transport, Untaken, take};

/// How the requests to a server go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Direct,
    /// By a proxy, without its password.
    Proxy {
        host: String,
        port: u16,
    },
}

/// A connection could be made.
#[derive(Debug)]
pub(crate) struct Connected {
    pub to: SocketAddr,
    pub took: Duration,
}

/// Why no connection could be made.
#[derive(Debug)]
pub(crate) enum Unconnected {
    NoSuchName { source: io::Error },
    Refused,
    Silent,
    Failed { source: io::Error },
}

/// A server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// How far the server's clock is ahead of ours, seconds; `None` where it does not tell the time.
    pub ahead: Option<i64>,
    /// Why its keys cannot be used, where that is so.
    pub keys: Result<(), ApiError>,
    pub took: Duration,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateFault {
    Expired,
    NotYetValid,
    WrongName,
    UnknownIssuer,
    Revoked,
    Other,
}

/// Why there was no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    Certificate {
        fault: CertificateFault,
    },
    /// This computer has no list of the authorities that it trusts.
    NoRoots,
    NoTls,
    NoHttp,
    TimedOut,
    /// The connection broke off, or the proxy did not make one.
    Cut,
    Wrong {
        source: ApiError,
    },
}

/// Looks at servers, each step no longer than its limit.
#[derive(Debug)]
pub(crate) struct Prober {
    transport: Transport,
    limit: Duration,
}

impl Prober {
    pub fn new(limit: Duration) -> Self {
        let timeouts = Timeouts {
            request: limit,
            connect: limit,
        };
        Self {
            transport: Transport::new(timeouts),
            limit,
        }
    }

    /// How requests to that server go: those to this computer never by a proxy.
    pub fn route(server: &Server) -> Route {
        let url: Option<Uri> = server.url.as_str().parse().ok().filter(|_| !server.url.is_loopback());
        let proxy = url.and_then(|url| Matcher::from_system().intercept(&url));
        let host = |proxy: &Uri| Some((proxy.host()?.to_owned(), proxy.port_u16().unwrap_or(80)));
        match proxy.as_ref().and_then(|proxy| host(proxy.uri())) {
            Some((host, port)) => Route::Proxy { host, port },
            None => Route::Direct,
        }
    }

    /// What is connected to: the server, or the proxy on the way.
    pub fn place(server: &Server, route: &Route) -> (String, u16) {
        match route {
            Route::Proxy { host, port } => (host.clone(), *port),
            Route::Direct => {
                let url = Url::parse(server.url.as_str()).ok();
                let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
                let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or(443);
                (host.to_owned(), port)
            }
        }
    }

    /// Looks the name up and connects: to the server, or to the proxy on the way.
    pub async fn connect(&self, server: &Server, route: &Route) -> Result<Connected, Unconnected> {
        let (host, port) = Self::place(server, route);
        let begin = Instant::now();
        match tokio::time::timeout(self.limit, connect(&host, port)).await {
            Ok(Ok(to)) => Ok(Connected {
                to,
                took: begin.elapsed(),
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Unconnected::Silent),
        }
    }

    /// Asks for the server's keys, which every sign-in begins with.
    pub async fn ask(&self, server: &Server) -> Result<Answer, Unanswered> {
        let client = self.transport.client(server).map_err(|_| Unanswered::NoRoots)?;
        let reply = take(server, client.get(server.url.join(PATH))).await;
        let reply = reply.map_err(|untaken| match untaken {
            Untaken::Failed { source } => sort(&source),
            Untaken::Endless { source } => Unanswered::Wrong { source },
        })?;
        let took = reply.sent_at.elapsed();
        let ahead = reply
            .date()
            .map(|theirs| (theirs - (OffsetDateTime::now_utc() - took / 2)).whole_seconds());
        let reply = reply
            .accepted(server, None)
            .map_err(|source| Unanswered::Wrong { source })?;
        let keys = JwksVerifier::parse(&reply.body).map(drop);
        Ok(Answer {
            ahead,
            keys: keys.map_err(|error| reply.unexpected(server, &error.to_string())),
            took,
        })
    }
}

async fn connect(host: &str, port: u16) -> Result<SocketAddr, Unconnected> {
    // An IPv6 address stands in brackets in a URL and without them everywhere else.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((host, port)).await;
    let found: Vec<SocketAddr> = found.map_err(|source| Unconnected::NoSuchName { source })?.collect();
    let mut last = Unconnected::NoSuchName {
        source: io::Error::other("it has no address"),
    };
    for address in found {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(address),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => last = Unconnected::Refused,
            Err(source) => last = Unconnected::Failed { source },
        }
    }
    Err(last)
}

/// By the types of the causes, as everywhere.
fn sort(error: &reqwest::Error) -> Unanswered {
    if error.is_timeout() {
        return Unanswered::TimedOut;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(wrong) => Unanswered::Certificate { fault: fault(wrong) },
                rustls::Error::InvalidMessage(_) => Unanswered::NoTls,
                _ => Unanswered::Certificate {
                    fault: CertificateFault::Other,
                },
            };
        }
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return Unanswered::NoHttp;
        }
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    Unanswered::Cut
}

fn fault(wrong: &CertificateError) -> CertificateFault {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongName
        }
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::Revoked => CertificateFault::Revoked,
        _ => CertificateFault::Other,
    }
}
