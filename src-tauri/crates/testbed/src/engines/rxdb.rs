//! An RxDB server from npm, as `make rxdb` puts it into the target folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::environment::{Environment, World};
use crate::process::Process;

const TOKEN: &str = "only-for-tests";
/// The collections that the server of the workspace asks for.
const COLLECTIONS: &str = "../auth-storage/rxdb/collections.json";

/// A running server. It has its documents in memory, and in a file while it is stopped.
#[derive(Debug)]
pub struct RxDB {
    process: Process,
    port: u16,
    modules: PathBuf,
    version: u64,
    environment: Environment,
    _world: World,
}

impl RxDB {
    /// Starts it with no documents; `None` where `make rxdb` has not been run.
    ///
    /// # Errors
    /// If it does not start; with its stderr.
    pub async fn start() -> Result<Option<Self>> {
        let Some(modules) = modules()? else { return Ok(None) };
        let world = World::new()?;
        let environment = Environment::new(world.root())?;
        let (process, port) = start(&environment, &modules, 0, 0).await?;
        Ok(Some(Self {
            process,
            port,
            modules,
            version: 0,
            environment,
            _world: world,
        }))
    }

    /// The address of a domain's documents.
    #[must_use]
    pub fn url(&self, domain: &str) -> String {
        format!("rxdb+http://127.0.0.1:{}/?domain={domain}", self.port)
    }

    /// What lets programs in: names of variables and their values.
    #[must_use]
    pub fn variables() -> [(&'static str, &'static str); 1] {
        [("FLOWSTATE_AUTH_RXDB_TOKEN", TOKEN)]
    }

    /// Sends a request to a collection from outside, and returns what comes back.
    ///
    /// # Errors
    /// If the server does not answer or refuses.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Result<serde_json::Value> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let request = http
            .post(format!("http://127.0.0.1:{}/{path}", self.port))
            .bearer_auth(TOKEN)
            .json(body);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Ends it; [`RxDB::restart`] brings it back.
    ///
    /// # Errors
    /// If it does not end with 0.
    pub async fn stop(&mut self) -> Result<()> {
        let status = self.process.stop().await?;
        ensure!(status.success(), "RxDB ended with {status}:\n{}", self.process.stderr());
        Ok(())
    }

    /// Starts it again with the same documents on the same port.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        (self.process, self.port) = start(&self.environment, &self.modules, self.port, self.version).await?;
        Ok(())
    }

    /// From its next start it has the documents in that version.
    pub fn set_version(&mut self, version: u64) {
        self.version = version;
    }
}

async fn start(environment: &Environment, modules: &Path, port: u16, version: u64) -> Result<(Process, u16)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = environment.command("node");
    command
        .arg(here.join("node/rxdb_server.mjs"))
        .arg("--modules")
        .arg(modules);
    command.arg("--collections").arg(here.join(COLLECTIONS));
    command.args([
        "--token",
        TOKEN,
        "--port",
        &port.to_string(),
        "--version",
        &version.to_string(),
    ]);
    command.arg("--dump").arg(environment.home().join("documents.json"));
    let mut process = environment.start("rxdb", command, Stdio::null())?;
    let port = process.line("listening on ").await?;
    let port = port.parse().with_context(|| format!("RxDB listens on {port:?}"))?;
    Ok((process, port))
}

/// Where npm's packages are: `$FLOWSTATE_RXDB`, which must be there, else the target folder's, if that is there. A test that gets none
/// says so and is done; `make test` sets the variable, so that there nothing is left out.
fn modules() -> Result<Option<PathBuf>> {
    if let Some(path) = std::env::var_os("FLOWSTATE_RXDB").map(PathBuf::from) {
        ensure!(
            path.join("node_modules").is_dir(),
            "{} has no packages: run make rxdb, or unset FLOWSTATE_RXDB",
            path.display()
        );
        return Ok(Some(path));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target"),
        PathBuf::from,
    );
    let path = target.join("rxdb");
    Ok(path.join("node_modules").is_dir().then_some(path))
}
