//! The table of the seed's interfaces in `ARCHITECTURE.md` is true, and whole.

use std::path::Path;

/// As the seed names them.
const INTERFACES: [&str; 21] = [
    "CLIAuthConfig",
    "StoredAuth",
    "ServerProfile",
    "FlowstateConfig",
    "CliAuthService",
    "StorageAdapterConfig",
    "FilesystemStorageConfig",
    "RxDBStorageConfig",
    "AuthStorageAdapter",
    "AuthUserModel",
    "AuthSessionModel",
    "AuthVerificationTokenModel",
    "AuthAccountModel",
    "ServiceAccountModel",
    "ApiTokenModel",
    "TokenManager",
    "AccessTokenPayload",
    "RefreshTokenPayload",
    "ServiceTokenPayload",
    "CreateServiceTokenOptions",
    "TokenClaims",
];

#[test]
fn each_interface_is_where_the_table_says_and_its_test_is_there() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read =
        |path: &str| std::fs::read_to_string(crates.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let table = read("../ARCHITECTURE.md");
    let mut named = Vec::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let [name, file, test_file, test] = cells[..] else {
            continue;
        };
        if !INTERFACES.contains(&name) {
            continue;
        }
        named.push(name);
        let source = read(file);
        let declared = ["struct", "trait", "enum"].iter().any(|kind| {
            let declaration = format!("pub {kind} {name}");
            source
                .split(&declaration)
                .skip(1)
                .any(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        assert!(declared, "{name} is not in {file}");
        assert!(
            read(test_file).contains(&format!("fn {test}(")),
            "{test} is not in {test_file}"
        );
    }
    assert_eq!(named, INTERFACES);
}
