//! What a person chose in the menu. What does not succeed is said in a notification: there is no other place to say it.

use accounts::{TrayAction, Why};
use auth_core::ServerId;
use tauri::menu::MenuEvent;
use tauri::{AppHandle, Manager};

use crate::clipboard::CopyAs;
use crate::desktop::Desktop;
use crate::start::leave;
use crate::window::View;

/// Between an action and the id of its server: no id holds it.
const ABOUT: char = ':';

/// The id of the entry that does this to that server.
pub fn id_of(action: TrayAction, server: &str) -> String {
    format!("{}{ABOUT}{server}", action.name())
}

/// The id of the entry that makes that server the default, among the servers of the menu.
pub fn id_of_switch(server: &str) -> String {
    format!("server{ABOUT}{server}")
}

/// What the entry with that id does, and to which server: the active one where it names none.
fn meaning(id: &str) -> Option<(TrayAction, Option<&str>)> {
    let (name, server) = match id.split_once(ABOUT) {
        Some((name, server)) => (name, Some(server)),
        None => (id, None),
    };
    if name == "server" {
        return Some((TrayAction::MakeActive, server));
    }
    let action = TrayAction::ALL.into_iter().find(|action| action.name() == name)?;
    Some((action, server))
}

pub fn chosen(app: &AppHandle, event: MenuEvent) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desktop = app.state::<Desktop>();
        match event.id().0.as_str() {
            "open" => desktop.windows.show(None),
            "settings" => desktop.windows.show_view(View::Settings),
            "doctor" => desktop.windows.show_view(View::Doctor),
            "quit" => leave(&app).await,
            entry => {
                let Some((action, server)) = meaning(entry) else { return };
                let active = desktop.accounts.snapshot().active_server_id.clone();
                if let Some(server) = server.map(str::to_owned).or(active) {
                    act(&app, &desktop, action, &server).await;
                }
            }
        }
    });
}

async fn act(app: &AppHandle, desktop: &Desktop, action: TrayAction, server: &str) {
    let id = ServerId::existing(server);
    let words = desktop.words();
    let copy = async |what| desktop.copy_token(app, &id, what).await.map(drop);
    let (title, done) = match action {
        TrayAction::SignIn => return desktop.windows.show(Some(server.to_owned())),
        TrayAction::MakeActive => {
            let done = desktop.switch_server(&id).await;
            desktop.redraw_tray(app);
            (words.not_switched, done)
        }
        TrayAction::CopyToken => (words.token_not_copied, copy(CopyAs::Token).await),
        TrayAction::CopyHeader => (words.header_not_copied, copy(CopyAs::Header).await),
        TrayAction::CopyCurl => (words.command_not_copied, copy(CopyAs::Curl).await),
        TrayAction::RefreshNow => {
            let done = desktop.accounts.refresh(&id, Why::Asked).await;
            (words.not_refreshed, done.map(drop).map_err(|error| error.problem()))
        }
        TrayAction::SignOut => (words.not_signed_out, desktop.sign_out(&id).await),
    };
    match done {
        Ok(()) => desktop.notifications.done(server),
        Err(problem) => desktop.not_done(server, title, &problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_means_what_it_says() {
        for action in TrayAction::ALL {
            assert_eq!(meaning(&id_of(action, "prod")), Some((action, Some("prod"))));
        }
        assert_eq!(
            meaning(&id_of_switch("a.b")),
            Some((TrayAction::MakeActive, Some("a.b")))
        );
        assert_eq!(meaning("sign-out"), Some((TrayAction::SignOut, None)));
        assert_eq!(meaning("state"), None);
    }
}
