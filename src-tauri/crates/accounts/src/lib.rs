//! The rules of the client: profiles, sign-in, refresh, and the one snapshot that tray, window and CLI draw. No IO, no clock.
