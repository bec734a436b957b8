use clap::Parser;
use url::Url;

/// Signs you in to your FlowState servers from the tray and keeps every tool on this machine signed in.
#[derive(Debug, Clone, Parser)]
#[command(name = "flowstate-tray", version)]
pub struct Arguments {
    /// Start without a window, even on the first run
    #[arg(long, conflicts_with = "show")]
    pub hidden: bool,
    /// Open the window at start
    #[arg(long)]
    pub show: bool,
    /// Started by the desktop at login: no window but by your settings
    #[arg(long, hide = true)]
    pub autostart: bool,
    /// The server to show in the window
    #[arg(long, value_name = "ID")]
    pub server: Option<String>,
    /// A link that leads into the app: flowstate://login?server=ID
    #[arg(value_name = "LINK")]
    pub link: Option<String>,
}

impl Arguments {
    /// What a second start asks of the first. Arguments it could not read just bring the window up: that is what a person
    /// who starts a program twice wants.
    pub fn of_second_start(argv: Vec<String>) -> Self {
        Self::try_parse_from(argv).unwrap_or(Self {
            hidden: false,
            show: true,
            autostart: false,
            server: None,
            link: None,
        })
    }

    /// The server to show: as named, or as a link names it.
    pub fn shown_server(&self) -> Option<String> {
        self.server.clone().or_else(|| server_of(self.link.as_deref()?))
    }
}

/// The server that a link asks to sign in to. A link comes from anywhere: it can choose among the servers that are there, and nothing
/// else.
fn server_of(link: &str) -> Option<String> {
    let link = Url::parse(link).ok()?;
    if link.scheme() != "flowstate" || link.host_str() != Some("login") {
        return None;
    }
    let named = link.query_pairs().find(|(name, _)| name == "server")?;
    Some(named.1.into_owned()).filter(|server| !server.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(words: &[&str]) -> Option<String> {
        let argv = std::iter::once("flowstate-tray").chain(words.iter().copied());
        Arguments::of_second_start(argv.map(str::to_owned).collect()).shown_server()
    }

    #[test]
    fn a_link_leads_to_its_server() {
        assert_eq!(shown(&["flowstate://login?server=prod"]).as_deref(), Some("prod"));
        assert_eq!(
            shown(&["flowstate://login?x=1&server=cloud%20pay"]).as_deref(),
            Some("cloud pay")
        );
        assert_eq!(
            shown(&["--server", "eu", "flowstate://login?server=prod"]).as_deref(),
            Some("eu")
        );
    }

    #[test]
    fn any_other_link_only_brings_the_window_up() {
        for link in [
            "flowstate://login",
            "flowstate://logout?server=prod",
            "https://login?server=prod",
            "prod",
            "flowstate://login?server=",
        ] {
            assert_eq!(shown(&[link]), None, "{link}");
        }
    }
}
