use std::path::PathBuf;

use auth_core::models::FilesystemStorageConfig;

use crate::PostgresConfig;

/// Which engine keeps the data, and where: what the text of a storage address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageUrl {
    /// `sqlite:PATH`
    Sqlite { path: PathBuf },
    /// `file:DIR`
    Files(FilesystemStorageConfig),
    /// `postgres://user:password@host/database`
    Postgres(PostgresConfig),
}

/// Why a text is no storage address. It is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("this is no storage address; use sqlite:PATH, file:DIR or postgres://…")]
    UnknownScheme,
    #[error("the address says no path; use {scheme}:PATH")]
    NoPath { scheme: &'static str },
    #[error("a database in memory is lost with the process; use sqlite:PATH")]
    InMemory,
    #[error("the database's address cannot be read; use postgres://user:password@host/database")]
    Postgres,
}

impl StorageUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(UrlError::UnknownScheme)?;
        match scheme {
            "sqlite" if rest == ":memory:" => Err(UrlError::InMemory),
            "sqlite" => path("sqlite", rest).map(|path| Self::Sqlite { path }),
            "file" => path("file", rest).map(|data_dir| Self::Files(FilesystemStorageConfig { data_dir })),
            "postgres" | "postgresql" => {
                let config = PostgresConfig::parse(text).map_err(|_| UrlError::Postgres)?;
                Ok(Self::Postgres(config))
            }
            _ => Err(UrlError::UnknownScheme),
        }
    }
}

/// The paths of `file:/x`, `file:///x` and `file:x`.
fn path(scheme: &'static str, rest: &str) -> Result<PathBuf, UrlError> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        return Err(UrlError::NoPath { scheme });
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_has_its_address() {
        let sqlite = |path: &str| Ok(StorageUrl::Sqlite { path: path.into() });
        for text in ["sqlite:/a/b.db", "sqlite:///a/b.db"] {
            assert_eq!(StorageUrl::parse(text), sqlite("/a/b.db"));
        }
        assert_eq!(StorageUrl::parse("sqlite:b.db"), sqlite("b.db"));
        let data_dir = PathBuf::from("/data");
        let files = FilesystemStorageConfig { data_dir };
        assert_eq!(StorageUrl::parse("file:/data"), Ok(StorageUrl::Files(files)));
        for text in [
            "postgres://user:s3cret@host/db",
            "postgresql://host/db?sslmode=verify-full",
        ] {
            let postgres = StorageUrl::parse(text).unwrap();
            assert!(matches!(postgres, StorageUrl::Postgres(_)));
            assert!(!format!("{postgres:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for text in ["", "auth.db", "mysql://user:s3cret@host/db"] {
            let error = StorageUrl::parse(text).unwrap_err();
            assert_eq!(error, UrlError::UnknownScheme);
            assert!(!error.to_string().contains("s3cret"));
        }
        assert_eq!(StorageUrl::parse("sqlite:"), Err(UrlError::NoPath { scheme: "sqlite" }));
        assert_eq!(StorageUrl::parse("file://"), Err(UrlError::NoPath { scheme: "file" }));
        let bad_port = StorageUrl::parse("postgres://user:s3cret@host:port/db");
        assert_eq!(bad_port, Err(UrlError::Postgres));
        assert_eq!(StorageUrl::parse("sqlite::memory:"), Err(UrlError::InMemory));
    }
}
