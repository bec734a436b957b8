//! flowstate-auth: one file per command, text and JSON.
