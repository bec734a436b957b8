use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Extension, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use ipnet::IpNet;

use super::problem::ApiError;
use crate::rules::{AuthService, Caller};

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<AuthService>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let auth = Arc::<AuthService>::from_ref(state);
        // Every connection names its peer; without one nothing could be counted.
        let Extension(Peer(peer)) = Extension::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::BodyBroken)?;
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            ip: caller_ip(peer.ip(), &parts.headers, &auth.settings.trusted_proxies),
            user_agent: user_agent.map(str::to_owned),
        })
    }
}

/// The peer; behind trusted proxies the right-most address of `X-Forwarded-For` that is not a trusted proxy's.
pub fn caller_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut ip = peer.to_canonical();
    let hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','));
    for hop in hops.collect::<Vec<_>>().into_iter().rev() {
        if !is_trusted(&ip) {
            break;
        }
        // What is no address was not written by a proxy of ours: what it stands for is not believed.
        let Some(next) = address(hop.trim()) else { break };
        ip = next.to_canonical();
    }
    ip
}

/// Some proxies write the port, too.
fn address(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse().ok().map(|address: SocketAddr| address.ip());
    hop.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let headers = forwarded
            .iter()
            .map(|value| ("x-forwarded-for".parse().unwrap(), value.parse().unwrap()));
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        caller_ip(peer.parse().unwrap(), &headers.collect(), &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_unasked() {
        assert_eq!(ip("203.0.113.9", &["1.1.1.1"], &[]), "203.0.113.9");
        assert_eq!(ip("203.0.113.9", &["1.1.1.1"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(ip("::ffff:203.0.113.9", &[], &[]), "203.0.113.9");
    }

    #[test]
    fn behind_proxies_the_right_most_stranger_counts() {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(ip("10.0.0.1", &["6.6.6.6, 198.51.100.7"], &trusted), "198.51.100.7");
        assert_eq!(
            ip("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.2.3.4"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(ip("10.0.0.1", &["6.6.6.6", "198.51.100.7"], &trusted), "198.51.100.7");
        assert_eq!(ip("fd00::1", &["2001:db8::5"], &trusted), "2001:db8::5");
        assert_eq!(
            ip("10.0.0.1", &["6.6.6.6, 198.51.100.7:4711"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(ip("fd00::1", &["[2001:db8::5]:443"], &trusted), "2001:db8::5");
        assert_eq!(ip("10.0.0.1", &["6.6.6.6, nonsense"], &trusted), "10.0.0.1");
        assert_eq!(ip("10.0.0.1", &[], &trusted), "10.0.0.1");
    }
}
