//! Who is let in: so many connections in all, and so many from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::rules::counted;

/// Connections in all. Those beyond wait until one ends.
const ALL: usize = 8_192;
/// Connections from one address. Those beyond are closed.
const FROM_ONE: usize = 512;

/// Counts connections.
#[derive(Debug)]
pub struct Doorway {
    room: Arc<Semaphore>,
    from: Arc<Mutex<HashMap<String, usize>>>,
    trusted: Vec<IpNet>,
}

/// A connection that was let in; dropped when it ends.
#[derive(Debug)]
pub struct Visit {
    from: Arc<Mutex<HashMap<String, usize>>>,
    counted: Option<String>,
    _room: OwnedSemaphorePermit,
}

impl Doorway {
    /// Where these proxies stand for many: they and this machine are not counted.
    pub fn new(trusted: Vec<IpNet>) -> Self {
        Self {
            room: Arc::new(Semaphore::new(ALL)),
            from: Arc::default(),
            trusted,
        }
    }

    /// Room for one more connection, when there is some; none if the room is gone for good.
    pub async fn room(&self) -> Option<OwnedSemaphorePermit> {
        self.room.clone().acquire_owned().await.ok()
    }

    /// Lets a connection in, unless too many of its address are.
    pub fn visit(&self, peer: IpAddr, room: OwnedSemaphorePermit) -> Option<Visit> {
        let peer = peer.to_canonical();
        let counted = if peer.is_loopback() || self.trusted.iter().any(|net| net.contains(&peer)) {
            None
        } else {
            let address = counted(peer);
            let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
            let open = from.entry(address.clone()).or_default();
            if *open == FROM_ONE {
                return None;
            }
            *open += 1;
            Some(address)
        };
        Some(Visit {
            from: self.from.clone(),
            counted,
            _room: room,
        })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let Some(address) = &self.counted else { return };
        let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = from.get_mut(address) {
            *open -= 1;
            if *open == 0 {
                from.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_gets_its_share_and_a_proxy_all_it_wants() {
        let doorway = Doorway::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let visit = async |peer: &str| {
            let room = doorway.room().await.unwrap();
            doorway.visit(peer.parse().unwrap(), room)
        };
        let mut visits = Vec::new();
        for _ in 0..FROM_ONE {
            visits.push(visit("203.0.113.1").await.unwrap());
        }
        assert!(visit("203.0.113.1").await.is_none());
        assert!(visit("::ffff:203.0.113.1").await.is_none());
        visits.push(visit("203.0.113.2").await.unwrap());
        visits.remove(0);
        visits.push(visit("203.0.113.1").await.unwrap());
        for peer in ["10.1.2.3", "127.0.0.1", "::1"] {
            for _ in 0..FROM_ONE + 1 {
                visits.push(visit(peer).await.unwrap());
            }
        }
        drop(visits);
        assert!(doorway.from.lock().unwrap().is_empty());
        assert_eq!(doorway.room.available_permits(), ALL);
    }
}
