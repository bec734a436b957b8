//! This computer's side of the rules: the shared config file, the keychain, HTTP, the clock, the file watch, paths.
