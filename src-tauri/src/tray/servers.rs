//! The entries of servers. Only what was added, taken out or moved is touched: the rest of an open menu stays as it is.

use accounts::{TrayAction, TrayServer, Words};
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Wry};

use super::chosen::{id_of, id_of_switch};
use super::menu::literal;

/// Where a list of entries stands.
pub enum Place<'a> {
    /// In the menu, from there on.
    Menu(&'a Menu<Wry>, usize),
    Submenu(&'a Submenu<Wry>),
}

impl Place<'_> {
    fn insert(&self, item: &dyn IsMenuItem<Wry>, place: usize) -> tauri::Result<()> {
        match self {
            Self::Menu(menu, first) => menu.insert(item, first + place),
            Self::Submenu(menu) => menu.insert(item, place),
        }
    }

    fn remove(&self, item: &dyn IsMenuItem<Wry>) -> tauri::Result<()> {
        match self {
            Self::Menu(menu, _) => menu.remove(item),
            Self::Submenu(menu) => menu.remove(item),
        }
    }
}

/// A list of entries that belong to servers, in order.
struct Kept<T> {
    entries: Vec<(TrayServer, T)>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Kept<T> {
    /// Takes out who is no longer there or stands elsewhere, then puts in who is missing.
    fn arrange(
        &mut self,
        servers: &[TrayServer],
        remove: impl Fn(&T) -> tauri::Result<()>,
        make: impl Fn(&TrayServer, usize) -> tauri::Result<T>,
    ) -> tauri::Result<()> {
        let stays = in_order(&self.entries, servers);
        let mut place = 0;
        for stays in stays {
            if stays {
                place += 1;
            } else {
                let (_, item) = self.entries.remove(place);
                remove(&item)?;
            }
        }
        for (place, server) in servers.iter().enumerate() {
            let is_there = self.entries.get(place).is_some_and(|(kept, _)| kept.id == server.id);
            if !is_there {
                let item = make(server, place)?;
                self.entries.insert(place, (server.clone(), item));
            }
        }
        Ok(())
    }
}

/// Which entries can stay, as what stays has to be in the order of `servers`.
fn in_order<T>(entries: &[(TrayServer, T)], servers: &[TrayServer]) -> Vec<bool> {
    let mut next = 0;
    let places: std::collections::HashMap<&str, usize> = servers
        .iter()
        .enumerate()
        .map(|(place, server)| (&*server.id, place))
        .collect();
    let stays = entries.iter().map(|(kept, _)| match places.get(&*kept.id) {
        Some(place) if *place >= next => {
            next = place + 1;
            true
        }
        _ => false,
    });
    stays.collect()
}

/// One entry a server; choosing it makes the server the default.
#[derive(Default)]
pub struct Servers {
    kept: Kept<CheckMenuItem<Wry>>,
}

impl Servers {
    pub fn draw(&mut self, app: &AppHandle, place: &Place<'_>, servers: &[TrayServer]) -> tauri::Result<()> {
        self.kept.arrange(
            servers,
            |item| place.remove(item),
            |server, at| {
                let (id, label) = (id_of_switch(&server.id), literal(&server.label));
                let item = CheckMenuItem::with_id(app, id, label, true, server.active, None::<&str>)?;
                place.insert(&item, at)?;
                Ok(item)
            },
        )?;
        for ((shown, item), now) in self.kept.entries.iter_mut().zip(servers) {
            if now.label != shown.label {
                item.set_text(literal(&now.label))?;
            }
            // The desktop ticks an entry when it is clicked, whatever comes of it; so this is compared with what shows.
            if item.is_checked()? != now.active {
                item.set_checked(now.active)?;
            }
            shown.clone_from(now);
        }
        Ok(())
    }
}

/// One submenu a server, with all that can be done about it.
#[derive(Default)]
pub struct Submenus {
    kept: Kept<(Submenu<Wry>, Vec<MenuItem<Wry>>)>,
}

impl Submenus {
    /// Says everything in another language.
    pub fn speak(&self, words: &Words) -> tauri::Result<()> {
        for (_, (_, items)) in &self.kept.entries {
            for (action, item) in TrayAction::ALL.into_iter().zip(items) {
                item.set_text(action.label(words))?;
            }
        }
        Ok(())
    }

    pub fn draw(
        &mut self,
        app: &AppHandle,
        menu: &Submenu<Wry>,
        servers: &[TrayServer],
        words: &Words,
    ) -> tauri::Result<()> {
        self.kept.arrange(
            servers,
            |(submenu, _)| menu.remove(submenu),
            |server, at| {
                let made = submenu(app, server, words)?;
                menu.insert(&made.0, at)?;
                Ok(made)
            },
        )?;
        for ((shown, (submenu, items)), now) in self.kept.entries.iter_mut().zip(servers) {
            if now.label != shown.label {
                submenu.set_text(literal(&now.label))?;
            }
            for (action, item) in TrayAction::ALL.into_iter().zip(items) {
                if now.allows(action) != shown.allows(action) {
                    item.set_enabled(now.allows(action))?;
                }
            }
            shown.clone_from(now);
        }
        Ok(())
    }
}

fn submenu(app: &AppHandle, server: &TrayServer, words: &Words) -> tauri::Result<(Submenu<Wry>, Vec<MenuItem<Wry>>)> {
    let submenu = Submenu::new(app, literal(&server.label), true)?;
    let mut items = Vec::new();
    for action in TrayAction::ALL {
        let allowed = server.allows(action);
        let item = MenuItem::with_id(
            app,
            id_of(action, &server.id),
            action.label(words),
            allowed,
            None::<&str>,
        )?;
        submenu.append(&item)?;
        if matches!(action, TrayAction::MakeActive | TrayAction::CopyCurl) {
            submenu.append(&PredefinedMenuItem::separator(app)?)?;
        }
        items.push(item);
    }
    Ok((submenu, items))
}
