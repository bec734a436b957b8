//! Whether this desktop is dark. Its portal says so; on other systems the web view knows by itself.

#[cfg(target_os = "linux")]
mod portal;

/// What the desktop wants, for as long as somebody looks.
#[derive(Debug)]
pub struct Appearance {
    #[cfg(target_os = "linux")]
    portal: Option<portal::Portal>,
    dark: Option<bool>,
}

impl Appearance {
    /// Asks the portal on the session bus. That there is none is fine.
    #[cfg(target_os = "linux")]
    pub async fn listen() -> Self {
        Self::of(zbus::connection::Builder::session()).await
    }

    /// Nobody has to be asked on these systems.
    #[cfg(not(target_os = "linux"))]
    pub async fn listen() -> Self {
        std::future::ready(Self { dark: None }).await
    }

    /// Asks the portal on the bus at that address.
    #[cfg(target_os = "linux")]
    pub async fn listen_at(address: &str) -> Self {
        Self::of(zbus::connection::Builder::address(address)).await
    }

    #[cfg(target_os = "linux")]
    async fn of(bus: zbus::Result<zbus::connection::Builder<'_>>) -> Self {
        match portal::Portal::open(bus).await {
            Ok((portal, dark)) => Self {
                portal: Some(portal),
                dark,
            },
            Err(error) => {
                tracing::debug!(%error, "no portal says whether the desktop is dark");
                Self {
                    portal: None,
                    dark: None,
                }
            }
        }
    }

    /// Whether it is dark now; `None` where nobody says.
    #[must_use]
    pub fn is_dark(&self) -> Option<bool> {
        self.dark
    }

    /// Waits for the next change, for ever where none can come.
    pub async fn changed(&mut self) -> Option<bool> {
        #[cfg(target_os = "linux")]
        if let Some(portal) = &mut self.portal
            && let Some(dark) = portal.next().await
        {
            self.dark = dark;
            return dark;
        }
        std::future::pending().await
    }
}
