//! TLS in front of a server that speaks without, with a certificate that is as good or as bad as a test wants it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// What a client is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost` and 127.0.0.1, of the authority in [`TlsFront::ca_file`].
    Valid,
    /// The same, but its time is over.
    Expired,
    /// The same, but its time has not come.
    NotYetValid,
    /// Good, but for another host.
    WrongName,
    /// For the right host, of an authority that nobody knows.
    UnknownIssuer,
}

/// A port on 127.0.0.1 that speaks TLS and hands on what is in it.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    authorities: Authorities,
    shown: Arc<Mutex<Arc<ServerConfig>>>,
    accepting: JoinHandle<()>,
    folder: TempDir,
}

impl TlsFront {
    /// Starts in front of `target` with that certificate.
    ///
    /// # Errors
    /// If no certificate can be made or no port is free.
    pub async fn start(target: SocketAddr, certificate: Certificate) -> Result<Self> {
        let authorities = Authorities::new()?;
        let folder = tempfile::Builder::new().prefix("bed-tls-").tempdir()?;
        fs::write(ca_file(&folder), &authorities.known_pem)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let shown = Arc::new(Mutex::new(authorities.config(certificate)?));
        Ok(Self {
            address: listener.local_addr()?,
            authorities,
            shown: Arc::clone(&shown),
            accepting: tokio::spawn(accept(listener, target, shown)),
            folder,
        })
    }

    /// Shows another certificate from the next connection on.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn show(&self, certificate: Certificate) -> Result<()> {
        let config = self.authorities.config(certificate)?;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a base URL, by the name in the certificate.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// The certificate of the authority, as PEM: a program with this path in `SSL_CERT_FILE` trusts it, and nobody else.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        ca_file(&self.folder)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn ca_file(folder: &TempDir) -> PathBuf {
    Path::join(folder.path(), "ca.pem")
}

/// One authority that clients are told of and one that they are not.
#[derive(Debug)]
struct Authorities {
    known: Issuer<'static, KeyPair>,
    known_pem: String,
    unknown: Issuer<'static, KeyPair>,
}

impl Authorities {
    fn new() -> Result<Self> {
        let (known, known_pem) = authority("Testbed")?;
        let (unknown, _) = authority("Nobody")?;
        Ok(Self {
            known,
            known_pem,
            unknown,
        })
    }

    fn config(&self, certificate: Certificate) -> Result<Arc<ServerConfig>> {
        let (chain, key) = self.signed(certificate)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|what| anyhow::anyhow!(what))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![chain.into()], key)?;
        Ok(Arc::new(config))
    }

    fn signed(&self, certificate: Certificate) -> Result<(rcgen::Certificate, KeyPair)> {
        let names = match certificate {
            Certificate::WrongName => vec!["elsewhere.example".to_owned()],
            _ => vec!["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()],
        };
        let mut params = CertificateParams::new(names)?;
        match certificate {
            Certificate::Expired => params.not_after = date_time_ymd(2001, 1, 1),
            Certificate::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
            _ => {}
        }
        let issuer = match certificate {
            Certificate::UnknownIssuer => &self.unknown,
            _ => &self.known,
        };
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, issuer)?, key))
    }
}

/// Writes a good certificate of `localhost` for a program that speaks TLS itself: `ca.pem`, `server.pem` and `server.key`.
pub(crate) fn write_certificate(folder: &Path) -> Result<()> {
    let authorities = Authorities::new()?;
    let (certificate, key) = authorities.signed(Certificate::Valid)?;
    fs::write(folder.join("ca.pem"), &authorities.known_pem)?;
    fs::write(folder.join("server.pem"), certificate.pem())?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.join("server.key"))?;
    Ok(file.write_all(key.serialize_pem().as_bytes())?)
}

fn authority(name: &str) -> Result<(Issuer<'static, KeyPair>, String)> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

/// Its connections end with it.
async fn accept(listener: TcpListener, target: SocketAddr, shown: Arc<Mutex<Arc<ServerConfig>>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let config = Arc::clone(&shown.lock().unwrap_or_else(PoisonError::into_inner));
        connections.spawn(async move {
            // A client that does not like the certificate is what this is for.
            if let Err(error) = serve(client, target, config).await {
                eprintln!("testbed: TLS: {error:#}");
            }
        });
    }
}

async fn serve(client: TcpStream, target: SocketAddr, config: Arc<ServerConfig>) -> Result<()> {
    let mut client = TlsAcceptor::from(config).accept(client).await?;
    let mut server = TcpStream::connect(target)
        .await
        .context("the server behind the TLS does not listen")?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
