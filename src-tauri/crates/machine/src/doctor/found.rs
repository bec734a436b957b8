//! What is said of one server.

use accounts::ports::Server;

use super::check::{Advice, Check, Room, finding};
use super::servers::LIMIT;
use crate::http::{Answer, CertificateFault, Connected, Prober, Route, Unanswered, Unconnected};

/// The checks of one server.
pub(super) struct Found {
    id: String,
    list: Vec<Check>,
}

/// A server that differs by more makes fresh tokens look old, or old ones fresh.
const MOST_SKEW: i64 = 60;

const UNREACHABLE: &str =
    "Nobody can sign in there and no token is refreshed while it lasts; a token that is still good goes on working.";

impl Found {
    pub fn of(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            list: Vec::new(),
        }
    }

    pub fn into_list(self) -> Vec<Check> {
        self.list
    }

    pub fn holds(&mut self, name: &str, detail: String) {
        self.list
            .push(Check::holds(Room::Servers, format!("{name}:{}", self.id), detail));
    }

    pub fn fails(&mut self, name: &str, detail: String, advice: Advice) {
        self.list.push(Check::fails(
            Room::Servers,
            format!("{name}:{}", self.id),
            detail,
            advice,
        ));
    }

    pub fn reached(&mut self, route: &Route, connected: &Connected) {
        let way = match route {
            Route::Direct => "directly".to_owned(),
            Route::Proxy { host, port } => format!("by the proxy {host}:{port}"),
        };
        let (to, millis) = (connected.to, connected.took.as_millis());
        self.holds("server_reachable", format!("Connected {way} ({to}) in {millis} ms."));
    }

    pub fn unreachable(&mut self, server: &Server, route: &Route, error: &Unconnected) {
        let (host, port) = Prober::place(server, route);
        let who = match route {
            Route::Direct => format!("{host}:{port}"),
            Route::Proxy { .. } => format!("the proxy {host}:{port}"),
        };
        let (detail, fix) = match error {
            Unconnected::NoSuchName { source } => (
                format!("The name of {who} was not found ({source})."),
                "Check the address, and whether this computer is online.",
            ),
            Unconnected::Refused => (
                format!("Nobody listens at {who}."),
                "Check the address, and whether the server runs.",
            ),
            Unconnected::Silent => (
                format!("No connection to {who} within {} s.", LIMIT.as_secs()),
                "Check your network, a VPN or a firewall on the way.",
            ),
            Unconnected::Failed { source } => (format!("No connection to {who}: {source}."), "Check your network."),
        };
        self.fails("server_reachable", detail, Advice::network(UNREACHABLE, fix));
    }

    pub fn tls(&mut self, server: &Server) {
        let detail = match server.url.is_plain_http() {
            true => "Without TLS, as it is on this computer.",
            false => "The certificate is trusted.",
        };
        self.holds("server_tls", detail.to_owned());
    }

    pub fn unanswered(&mut self, server: &Server, route: &Route, error: &Unanswered) {
        const UNTRUSTED: &str =
            "Without a certificate that is trusted, anybody on the way could read your tokens; so nothing is sent.";
        let certificate = match error {
            Unanswered::Certificate { fault } => Some(certificate(*fault)),
            Unanswered::NoRoots => Some((
                "This computer has no list of trusted authorities.",
                "Install it (ca-certificates on Debian), or name one in SSL_CERT_FILE.",
            )),
            Unanswered::NoTls => Some(("It does not speak TLS at that port.", "Check the address and its port.")),
            _ => None,
        };
        if let Some((detail, fix)) = certificate {
            return self.fails("server_tls", detail.to_owned(), Advice::network(UNTRUSTED, fix));
        }
        if server.url.is_plain_http() {
            self.tls(server);
        }
        let (detail, fix) = match (error, route) {
            (Unanswered::TimedOut, _) => (
                format!("It takes connections but does not answer within {} s.", LIMIT.as_secs()),
                "Try again later, or ask the people who run it.",
            ),
            (Unanswered::NoHttp, _) => (
                "It does not speak HTTP at that port.".to_owned(),
                "Check the address and its port.",
            ),
            (Unanswered::Wrong { source }, _) => (
                format!("{}.", finding(source)),
                "Check the address, or ask the people who run it.",
            ),
            (_, Route::Proxy { host, port }) => (
                format!("The proxy {host}:{port} broke off or refuses to go on to the server."),
                "Check the proxy, or except the server from it in NO_PROXY.",
            ),
            (_, Route::Direct) => ("The connection broke off.".to_owned(), "Try again later."),
        };
        self.fails("server_answers", detail, Advice::network(UNREACHABLE, fix));
    }

    pub fn answered(&mut self, answer: &Answer) {
        self.holds("server_answers", format!("In {} ms.", answer.took.as_millis()));
        match &answer.keys {
            Ok(()) => self.holds("server_keys", "Its keys can be used.".to_owned()),
            Err(error) => {
                let why = "A token that no key vouches for is not taken.";
                let fix = "Check the address, or ask the people who run it.";
                self.fails("server_keys", format!("{}.", finding(error)), Advice::network(why, fix));
            }
        }
        let Some(ahead) = answer.ahead else {
            return self.holds("server_clock", "It does not tell the time.".to_owned());
        };
        let side = if ahead > 0 { "behind" } else { "ahead of" };
        let detail = format!("This computer's clock is {} s {side} the server's.", ahead.abs());
        if ahead.abs() <= MOST_SKEW {
            return self.holds("server_clock", detail);
        }
        let why = "Certificates and tokens look too old or not yet good to one of the two.";
        self.fails(
            "server_clock",
            detail,
            Advice::network(why, "Set the clock: timedatectl set-ntp true."),
        );
    }
}

fn certificate(fault: CertificateFault) -> (&'static str, &'static str) {
    match fault {
        CertificateFault::Expired => (
            "Its certificate has expired.",
            "Tell the people who run it; check this computer's clock.",
        ),
        CertificateFault::NotYetValid => ("Its certificate is not good yet.", "Check this computer's clock."),
        CertificateFault::WrongName => (
            "Its certificate is for another name.",
            "Check the address; a network that wants a sign-in of its own does this, too.",
        ),
        CertificateFault::UnknownIssuer => (
            "Its certificate was issued by an authority that this computer does not trust.",
            "Install your organisation's certificate on this computer, or name its file in SSL_CERT_FILE.",
        ),
        CertificateFault::Revoked => ("Its certificate was revoked.", "Tell the people who run it."),
        CertificateFault::Other => (
            "Its certificate, or the way it speaks TLS, is not accepted.",
            "Tell the people who run it.",
        ),
    }
}
