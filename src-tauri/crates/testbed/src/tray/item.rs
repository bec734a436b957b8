//! One tray item, read and clicked as a panel does it.

use anyhow::{Context, Result, ensure};
use zbus::proxy::{Builder, CacheProperties};
use zbus::zvariant::{OwnedObjectPath, Value};
use zbus::{Connection, Proxy};

use crate::tray::menu::{Layout, Menu};
use crate::wait::{DEADLINE, eventually};

/// A registered tray item.
#[derive(Debug, Clone)]
pub struct TrayItem {
    bus: Connection,
    item: Proxy<'static>,
}

impl TrayItem {
    pub(crate) async fn new(bus: &Connection, service: &str, path: &str) -> Result<Self> {
        let item = proxy(bus, service, path, "org.kde.StatusNotifierItem").await?;
        Ok(Self { bus: bus.clone(), item })
    }

    /// The file or theme name of the icon shown now.
    ///
    /// # Errors
    /// If the program does not answer.
    pub async fn icon_name(&self) -> Result<String> {
        Ok(self.item.get_property("IconName").await?)
    }

    /// The name of the item.
    ///
    /// # Errors
    /// If the program does not answer.
    pub async fn title(&self) -> Result<String> {
        Ok(self.item.get_property("Title").await?)
    }

    /// The text beside the icon.
    ///
    /// # Errors
    /// If the program does not answer or knows no such text.
    pub async fn label(&self) -> Result<String> {
        Ok(self.item.get_property("XAyatanaLabel").await?)
    }

    /// The whole menu, all submenus open.
    ///
    /// # Errors
    /// If the program does not answer.
    pub async fn menu(&self) -> Result<Menu> {
        let menu = self.menu_proxy().await?;
        about_to_show(&menu).await?;
        let (_revision, layout): (u32, Layout) = menu.call("GetLayout", &(0, -1, Vec::<&str>::new())).await?;
        Ok(Menu::from(layout))
    }

    /// Opens the menu and clicks the entry at the end of a path of labels.
    ///
    /// # Errors
    /// If there is no such entry or it is greyed out; with the menu.
    pub async fn click(&self, labels: &[&str]) -> Result<()> {
        let menu = self.menu().await?;
        let entry = menu
            .find(labels)
            .with_context(|| format!("no entry {labels:?} in the menu:\n{menu}"))?;
        ensure!(entry.enabled, "the entry {labels:?} is greyed out:\n{menu}");
        let clicked = (entry.id, "clicked", Value::from(0_i32), 0_u32);
        self.menu_proxy()
            .await?
            .call::<_, _, ()>("Event", &clicked)
            .await
            .with_context(|| format!("cannot click {labels:?}"))
    }

    /// Waits until the menu fits.
    ///
    /// # Errors
    /// If it does not; with the menu as it is.
    pub async fn wait_for_menu(&self, what: &str, fits: impl Fn(&Menu) -> bool) -> Result<Menu> {
        let probe = async || {
            let menu = self.menu().await?;
            ensure!(fits(&menu), "the menu is\n{menu}");
            Ok(menu)
        };
        eventually(what, DEADLINE, probe).await
    }

    /// How often the menu was published, as a whole or in part.
    ///
    /// # Errors
    /// If the program does not answer.
    pub async fn revision(&self) -> Result<u32> {
        let menu = self.menu_proxy().await?;
        let (revision, _layout): (u32, Layout) = menu.call("GetLayout", &(0, 0, Vec::<&str>::new())).await?;
        Ok(revision)
    }

    async fn menu_proxy(&self) -> Result<Proxy<'static>> {
        let path: OwnedObjectPath = self
            .item
            .get_property("Menu")
            .await
            .context("the tray item has no menu")?;
        proxy(&self.bus, self.item.destination(), &path, "com.canonical.dbusmenu").await
    }
}

/// Panels announce that they are about to draw; some programs build the menu only then, some have no such method.
async fn about_to_show(menu: &Proxy<'_>) -> Result<()> {
    match menu.call_method("AboutToShow", &(0,)).await {
        Ok(_) => Ok(()),
        Err(zbus::Error::MethodError(name, ..)) if name == "org.freedesktop.DBus.Error.UnknownMethod" => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Without a cache: a test wants what is true now.
async fn proxy(bus: &Connection, service: &str, path: &str, interface: &'static str) -> Result<Proxy<'static>> {
    let builder = Builder::<Proxy<'static>>::new(bus)
        .destination(service.to_owned())?
        .path(path.to_owned())?;
    Ok(builder
        .interface(interface)?
        .cache_properties(CacheProperties::No)
        .build()
        .await?)
}
