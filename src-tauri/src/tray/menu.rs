//! The whole menu, and what changes in it in place.

use accounts::{TrayAction, TrayServer, TrayView, Words};
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

type Text = fn(&Words) -> &str;

/// What never changes but for its language: the id and the text; "Quit" stands apart.
const FIXED: [(&str, Text); 4] = [
    ("open", |words| words.open),
    ("settings", |words| words.settings),
    ("doctor", |words| words.check_up),
    ("quit", |words| words.quit),
];

/// The menu's parts that change.
pub struct TrayMenu {
    menu: Menu<Wry>,
    state: MenuItem<Wry>,
    servers: Servers,
    more: (Submenu<Wry>, Servers),
    quick: Vec<(TrayAction, MenuItem<Wry>)>,
    fixed: [MenuItem<Wry>; 4],
    each: (Submenu<Wry>, Submenus),
    /// The same for the servers that are one step further.
    each_of_more: (Submenu<Wry>, Submenus),
}

impl TrayMenu {
    pub fn new(app: &AppHandle, view: &TrayView) -> tauri::Result<Self> {
        let words = view.language.words();
        let state = MenuItem::with_id(app, "state", literal(&view.state), false, None::<&str>)?;
        let menu = Menu::with_items(app, &[&state, &PredefinedMenuItem::separator(app)?])?;
        let mut quick = Vec::new();
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        for action in QUICK {
            let item = MenuItem::with_id(
                app,
                action.name(),
                action.label(words),
                allows(view, action),
                None::<&str>,
            )?;
            menu.append(&item)?;
            quick.push((action, item));
        }
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        let fixed = |id: &str, text: Text| MenuItem::with_id(app, id, text(words), true, None::<&str>);
        let [(open, o), (settings, s), (doctor, d), (quit, q)] = FIXED;
        let fixed = [fixed(open, o)?, fixed(settings, s)?, fixed(doctor, d)?, fixed(quit, q)?];
        let [others @ .., quit] = &fixed;
        for item in others {
            menu.append(item)?;
        }
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        menu.append(quit)?;
        let mut this = Self {
            state,
            servers: Servers::default(),
            more: (Submenu::new(app, words.more_servers, true)?, Servers::default()),
            quick,
            fixed,
            each: (Submenu::new(app, words.one_server, true)?, Submenus::default()),
            each_of_more: (Submenu::new(app, words.more_servers, true)?, Submenus::default()),
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
        if view.language != before.language {
            self.speak(view.language.words())?;
        }
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

    fn speak(&self, words: &Words) -> tauri::Result<()> {
        for (action, item) in &self.quick {
            item.set_text(action.label(words))?;
        }
        for ((_, text), item) in FIXED.iter().zip(&self.fixed) {
            item.set_text(text(words))?;
        }
        self.more.0.set_text(words.more_servers)?;
        self.each.0.set_text(words.one_server)?;
        self.each.1.speak(words)?;
        self.each_of_more.0.set_text(words.more_servers)?;
        self.each_of_more.1.speak(words)
    }

    fn draw_servers(&mut self, app: &AppHandle, view: &TrayView) -> tauri::Result<()> {
        self.servers
            .draw(app, &Place::Menu(&self.menu, FIRST_SERVER), &view.servers)?;
        let (more, servers) = &mut self.more;
        servers.draw(app, &Place::Submenu(more), &view.more)?;
        self.show(&self.more.0, !view.more.is_empty(), FIRST_SERVER + view.servers.len())?;
        let (each, submenus) = &mut self.each;
        submenus.draw(app, each, &view.servers, view.language.words())?;
        let (more, submenus) = &mut self.each_of_more;
        let of_note = view.more_of_note();
        submenus.draw(app, more, &of_note, view.language.words())?;
        match (of_note.is_empty(), each.get(more.id()).is_some()) {
            (false, false) => each.append(more)?,
            (true, true) => each.remove(more)?,
            _ => {}
        }
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
