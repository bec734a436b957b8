//! What the page may look at closer, and what may be mended there.

use accounts::ports::{OwnSession, TimelineEntry};
use accounts::{CheckView, Claim, CopyView, SharingPreview};
use tauri::State;

use super::{Answer, id, told};
use crate::desktop::Desktop;

#[tauri::command]
pub async fn claims(desktop: State<'_, Desktop>, server: String) -> Answer<Vec<Claim>> {
    desktop.accounts.claims(&id(&server)).map_err(told)
}

#[tauri::command]
pub async fn preview_sharing(desktop: State<'_, Desktop>, server: String) -> Answer<Vec<SharingPreview>> {
    desktop.accounts.preview_sharing(&id(&server)).map_err(told)
}

#[tauri::command]
pub async fn timeline(desktop: State<'_, Desktop>, server: String) -> Answer<Vec<TimelineEntry>> {
    Ok(desktop.accounts.timeline(&id(&server)).await)
}

#[tauri::command]
pub async fn own_sessions(desktop: State<'_, Desktop>, server: String) -> Answer<Vec<OwnSession>> {
    desktop.accounts.own_sessions(&id(&server)).await.map_err(told)
}

#[tauri::command]
pub async fn end_session(desktop: State<'_, Desktop>, server: String, session: String) -> Answer<()> {
    let done = desktop.accounts.end_own_session(&id(&server), &session).await;
    done.map_err(told)
}

#[tauri::command]
pub async fn examine(desktop: State<'_, Desktop>) -> Answer<Vec<CheckView>> {
    Ok(desktop.examine(false).await)
}

#[tauri::command]
pub async fn repair(desktop: State<'_, Desktop>) -> Answer<Vec<CheckView>> {
    Ok(desktop.examine(true).await)
}

#[tauri::command]
pub async fn last_copy(desktop: State<'_, Desktop>) -> Answer<CopyView> {
    desktop.last_copy().await
}

#[tauri::command]
pub async fn put_copy_back(desktop: State<'_, Desktop>, path: String) -> Answer<()> {
    desktop.put_copy_back(path).await
}
