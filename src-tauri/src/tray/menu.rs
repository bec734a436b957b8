//! The whole menu, and what changes in it in place.

use accounts::{TrayAction, TrayServer, TrayView};
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Wry};

use super::servers::{Place, Servers, Submenus};

/// The state line and the line under it stand above the servers.
const FIRST_SERVER: usize = 2;
/// What is about the active server stands in the menu itself; to make it active is not among it.
const QUICK: [TrayAction; 6] = [
    TrayAction::SignIn,
    TrayAction::CopyToken,
    TrayAction::CopyHeader,
    TrayAction::CopyCurl,
    TrayAction::RefreshNow,
    TrayAction::SignOut,
];

/// The menu's parts that change.
pub struct TrayMenu {
    menu: Menu<Wry>,
    state: MenuItem<Wry>,
    servers: Servers,
    more: (Submenu<Wry>, Servers),
    quick: Vec<(TrayAction, MenuItem<Wry>)>,
    each: (Submenu<Wry>, Submenus),
}

impl TrayMenu {
    pub fn new(app: &AppHandle, view: &TrayView) -> tauri::Result<Self> {
        let state = MenuItem::with_id(app, "state", literal(&view.state), false, None::<&str>)?;
        let menu = Menu::with_items(app, &[&state, &PredefinedMenuItem::separator(app)?])?;
        let mut quick = Vec::new();
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        for action in QUICK {
            let item = MenuItem::with_id(app, action.name(), action.label(), allows(view, action), None::<&str>)?;
            menu.append(&item)?;
            quick.push((action, item));
        }
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        for (id, text) in [
            ("open", "Open FlowState Accounts"),
            ("settings", "Settings…"),
            ("doctor", "Check-up…"),
        ] {
            menu.append(&MenuItem::with_id(app, id, text, true, None::<&str>)?)?;
        }
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        menu.append(&MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?)?;
        let mut this = Self {
            state,
            servers: Servers::default(),
            more: (Submenu::new(app, "More servers", true)?, Servers::default()),
            quick,
            each: (Submenu::new(app, "For one server", true)?, Submenus::default()),
            menu,
        };
        this.draw_servers(app, view)?;
        Ok(this)
    }

    pub fn whole(&self) -> &Menu<Wry> {
        &self.menu
    }

    /// Changes what differs from `before`, which is what shows.
    pub fn draw(&mut self, app: &AppHandle, before: &TrayView, view: &TrayView) -> tauri::Result<()> {
        if view.state != before.state {
            self.state.set_text(literal(&view.state))?;
        }
        for (action, item) in &self.quick {
            let allowed = allows(view, *action);
            if allowed != allows(before, *action) {
                item.set_enabled(allowed)?;
            }
        }
        self.draw_servers(app, view)
    }

    fn draw_servers(&mut self, app: &AppHandle, view: &TrayView) -> tauri::Result<()> {
        self.servers
            .draw(app, &Place::Menu(&self.menu, FIRST_SERVER), &view.servers)?;
        let (more, servers) = &mut self.more;
        servers.draw(app, &Place::Submenu(more), &view.more)?;
        self.show(&self.more.0, !view.more.is_empty(), FIRST_SERVER + view.servers.len())?;
        let (each, submenus) = &mut self.each;
        submenus.draw(app, each, &view.servers)?;
        // Behind the quick entries, which are about the one server there is.
        let last_quick = FIRST_SERVER + view.servers.len() + usize::from(!view.more.is_empty()) + QUICK.len();
        self.show(&self.each.0, view.servers.len() > 1, last_quick + 1)
    }

    /// Puts a submenu into the menu or takes it out.
    fn show(&self, submenu: &Submenu<Wry>, wanted: bool, place: usize) -> tauri::Result<()> {
        let is_there = self.menu.get(submenu.id()).is_some();
        match (wanted, is_there) {
            (true, false) => self.menu.insert(submenu, place),
            (false, true) => self.menu.remove(submenu),
            _ => Ok(()),
        }
    }
}

fn allows(view: &TrayView, action: TrayAction) -> bool {
    view.active
        .as_ref()
        .is_some_and(|server: &TrayServer| server.allows(action))
}

/// `&` marks a keyboard letter in a menu; in a name it is just a character.
pub fn literal(text: &str) -> String {
    text.replace('&', "&&")
}
