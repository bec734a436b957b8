//! What the tray app needs of the desktop it starts on.

/// Why no window and no tray icon can be shown.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    #[error(
        "there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set); start flowstate-tray from a desktop session, or use flowstate-auth here"
    )]
    NoDisplay,
}

/// Whether a window could be shown at all.
///
/// # Errors
/// [`DesktopError::NoDisplay`] over SSH, in a container, in a text console.
pub fn require_display() -> Result<(), DesktopError> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !set("WAYLAND_DISPLAY") && !set("DISPLAY") {
        return Err(DesktopError::NoDisplay);
    }
    Ok(())
}

/// Whether somebody shows tray icons: GNOME has nobody by default, and at login the panel may come later.
#[cfg(target_os = "linux")]
pub async fn tray_host_present() -> bool {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let asked = async {
        let bus = zbus::Connection::session().await?;
        let watcher = zbus::proxy::Builder::<zbus::Proxy<'_>>::new(&bus)
            .destination(WATCHER)?
            .path("/StatusNotifierWatcher")?
            .interface(WATCHER)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await
    };
    // A watcher that does not answer shows nothing either.
    matches!(
        tokio::time::timeout(std::time::Duration::from_secs(2), asked).await,
        Ok(Ok(true))
    )
}

/// These systems always have one.
#[cfg(not(target_os = "linux"))]
pub async fn tray_host_present() -> bool {
    std::future::ready(true).await
}
