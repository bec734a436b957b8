//! What this program is, and what of others it is made with.

use accounts::{About, Licence};

use crate::desktop::Desktop;

/// One a line: name, version, licence. Made from the manifests by the test `the_list_of_licences_is_fresh`.
const LICENCES: &str = include_str!("../licences.txt");

impl Desktop {
    pub fn about(&self) -> About {
        About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            web_view: tauri::webview_version().unwrap_or_default(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            config_folder: self.paths.config_dir().display().to_string(),
            data_folder: self.paths.state_dir().display().to_string(),
            store_is_fixed: self.store.fixed().is_some(),
            log_is_fixed: machine::log_is_fixed(),
            licences: licences().collect(),
        }
    }
}

fn licences() -> impl Iterator<Item = Licence> {
    LICENCES.lines().filter_map(|line| {
        let mut words = line.splitn(3, '\t').map(str::to_owned);
        Some(Licence {
            name: words.next()?,
            version: words.next()?,
            licence: words.next()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_shipped_is_named() {
        let names: Vec<String> = licences().map(|licence| licence.name).collect();
        assert_eq!(names.len(), LICENCES.lines().count());
        for name in ["tauri", "reqwest", "svelte"] {
            assert!(names.iter().any(|other| other == name), "{name} is missing");
        }
    }
}
