use accounts::ports::VaultKey;

/// How an item is found, and what a person reads in a keychain program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub user: String,
    pub label: String,
}

impl Item {
    /// What all items of ours are filed under.
    pub const SERVICE: &str = "FlowState Accounts";

    pub fn new(key: &VaultKey, scope: Option<&str>) -> Self {
        let (server, origin, domain) = (&key.server, key.url.as_str(), &key.domain_id);
        let scope = scope.map(|scope| format!(" ({scope})")).unwrap_or_default();
        Self {
            user: format!("{server}@{origin}/{domain}{scope}"),
            label: format!("FlowState: {server} ({origin})"),
        }
    }

    /// Holds a part of what is too long for one item.
    pub fn part(&self, generation: &str, number: usize) -> Self {
        Self {
            user: format!("{} part {number} of {generation}", self.user),
            label: format!("{}, part {number}", self.label),
        }
    }

    /// Lists which parts there may be.
    pub fn list_of_parts(&self) -> Self {
        Self {
            user: format!("{} parts", self.user),
            label: format!("{}, list of parts", self.label),
        }
    }
}

#[cfg(test)]
mod tests {
    use auth_core::{ServerId, ServerUrl};

    use super::*;

    #[test]
    fn server_address_domain_and_config_folder_set_items_apart() {
        let key = VaultKey {
            server: ServerId::existing("prod"),
            url: ServerUrl::parse("https://auth.example.com").unwrap(),
            domain_id: "default".to_owned(),
        };
        let item = Item::new(&key, None);
        assert_eq!(item.user, "prod@https://auth.example.com/default");
        assert_eq!(item.label, "FlowState: prod (https://auth.example.com)");
        assert_eq!(
            Item::new(&key, Some("/tmp/x")).user,
            "prod@https://auth.example.com/default (/tmp/x)"
        );
    }
}
