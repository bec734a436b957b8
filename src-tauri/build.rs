use tauri_build::{Attributes, try_build};

fn main() {
    // Every command is allowed one by one; a command without a permission cannot be called by the page at all.
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=ui/dist");
    let manifest = tauri_build::AppManifest::new().permissions_path_pattern("src-tauri/permissions/**/*.toml");
    if let Err(error) = try_build(Attributes::new().app_manifest(manifest)) {
        panic!("{error:#}");
    }
}
