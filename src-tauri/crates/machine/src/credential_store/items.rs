use accounts::ports::VaultKey;
use auth_core::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What a store that is a file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Items(Vec<Item>);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    server: String,
    url: String,
    domain_id: String,
    #[serde(serialize_with = "Secret::expose_on_wire")]
    secret: Secret,
}

impl Item {
    fn is(&self, key: &VaultKey) -> bool {
        (self.server.as_str(), self.url.as_str(), &self.domain_id)
            == (key.server.as_str(), key.url.as_str(), &key.domain_id)
    }
}

impl Items {
    pub fn get(&self, key: &VaultKey) -> Option<Secret> {
        self.0.iter().find(|item| item.is(key)).map(|item| item.secret.clone())
    }

    pub fn put(&mut self, key: &VaultKey, secret: &Secret) {
        self.remove(key);
        self.0.push(Item {
            server: key.server.to_string(),
            url: key.url.as_str().to_owned(),
            domain_id: key.domain_id.clone(),
            secret: secret.clone(),
        });
    }

    /// Whether it was there.
    pub fn remove(&mut self, key: &VaultKey) -> bool {
        let before = self.0.len();
        self.0.retain(|item| !item.is(key));
        self.0.len() < before
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Room for the JSON of all of it, so that no buffer grows and leaves a copy behind.
    pub fn buffer(&self) -> Zeroizing<Vec<u8>> {
        let long = |item: &Item| item.server.len() + item.url.len() + item.domain_id.len() + item.secret.expose().len();
        // Escaped, a byte may take six.
        let bytes: usize = self.0.iter().map(|item| 6 * long(item) + 200).sum();
        Zeroizing::new(Vec::with_capacity(bytes + 200))
    }
}
