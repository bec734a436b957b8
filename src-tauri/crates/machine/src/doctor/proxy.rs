//! The proxy that the environment names.

use url::Url;

use super::check::{Advice, Check, Room};
use super::surroundings::Surroundings;

/// As the HTTP client looks at them: the first of each pair.
const VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

pub(super) fn check(surroundings: &Surroundings) -> Check {
    const ID: &str = "proxy";
    let set: Vec<(&str, &str)> = VARIABLES
        .iter()
        .filter_map(|name| Some((*name, surroundings.value(name)?)))
        .collect();
    if set.is_empty() {
        return Check::holds(Room::Servers, ID, "None is named in the environment.");
    }
    let mut used = Vec::new();
    for (name, value) in set {
        match address(value) {
            Some(address) => used.push(format!("{name} is {address}")),
            None => {
                // Not repeated: it may hold a password.
                let detail = format!("{name} is set to something that is no HTTP proxy's address.");
                let why = "Requests go past the proxy, or fail.";
                let fix = format!("Set {name} to something like http://proxy.example:3128, or unset it.");
                return Check::fails(Room::Servers, ID, detail, Advice::network(why, fix));
            }
        }
    }
    let except = ["NO_PROXY", "no_proxy"]
        .iter()
        .find_map(|name| surroundings.value(name));
    let except = except
        .map(|except| format!(", except for {except}"))
        .unwrap_or_default();
    Check::holds(
        Room::Servers,
        ID,
        format!(
            "{}{except}; servers on this computer are reached without it.",
            used.join(", ")
        ),
    )
}

/// The address without a password.
fn address(value: &str) -> Option<String> {
    let full = if value.contains("://") {
        value.to_owned()
    } else {
        format!("http://{value}")
    };
    let url = Url::parse(&full).ok()?;
    let host = url.host_str()?;
    ["http", "https"].contains(&url.scheme()).then(|| match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_with(variables: &[(&str, &str)]) -> Check {
        check(&Surroundings::of(variables))
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let check = check_with(&[
            ("HTTPS_PROXY", "http://me:secret@proxy.example:3128"),
            ("NO_PROXY", "a.example"),
        ]);
        assert!(
            check.ok && check.detail.contains("http://proxy.example:3128, except for a.example"),
            "{}",
            check.detail
        );
        assert!(!check.detail.contains("secret"));
        assert!(check_with(&[]).ok && check_with(&[("http_proxy", "proxy:3128")]).ok);
    }

    #[test]
    fn what_is_no_http_proxy_is_told_and_not_repeated() {
        for wrong in [
            "socks5://proxy:1080",
            "http://",
            "http://me:secret@:80",
            "not an address",
        ] {
            let check = check_with(&[("all_proxy", wrong)]);
            assert!(
                !check.ok && check.detail.contains("all_proxy") && !check.detail.contains("secret"),
                "{}",
                check.detail
            );
        }
    }
}
