use std::path::PathBuf;

use auth_core::models::{FilesystemStorageConfig, RxDBStorageConfig};

use crate::{PostgresConfig, S3Config, rxdb};

/// Which engine keeps the data, and where: what the text of a storage address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageUrl {
    /// `sqlite:PATH`
    Sqlite { path: PathBuf },
    /// `file:DIR`
    Files(FilesystemStorageConfig),
    /// `postgres://user:password@host/database`
    Postgres(PostgresConfig),
    /// `s3://bucket/prefix?endpoint=URL`
    S3(S3Config),
    /// `rxdb+https://host/path`
    RxDB(RxDBStorageConfig),
}

/// Why a text is no storage address. It is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error(
        "this is no storage address; use sqlite:PATH, file:DIR, postgres://…, s3://bucket/prefix or rxdb+https://HOST"
    )]
    UnknownScheme,
    #[error("the address says no path; use {scheme}:PATH")]
    NoPath { scheme: &'static str },
    #[error("a database in memory is lost with the process; use sqlite:PATH")]
    InMemory,
    #[error("the database's address cannot be read; use postgres://user:password@host/database")]
    Postgres,
    #[error("the bucket's address cannot be read; use s3://bucket/prefix, or s3://bucket/prefix?endpoint=https://HOST")]
    S3,
    #[error(
        "the RxDB server's address cannot be read; use rxdb+https://HOST, or rxdb+https://HOST?domain=ID&version=N"
    )]
    RxDB,
}

impl StorageUrl {
    /// Reads an address. Some engines are told who we are by variables of the environment; `variable` says what they are.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(UrlError::UnknownScheme)?;
        match scheme {
            "sqlite" if rest == ":memory:" => Err(UrlError::InMemory),
            "sqlite" => path("sqlite", rest).map(|path| Self::Sqlite { path }),
            "file" => path("file", rest).map(|data_dir| Self::Files(FilesystemStorageConfig { data_dir })),
            "postgres" | "postgresql" => {
                let config = PostgresConfig::parse(text).map_err(|_| UrlError::Postgres)?;
                Ok(Self::Postgres(config))
            }
            "s3" => S3Config::parse(text, variable).map(Self::S3).ok_or(UrlError::S3),
            "rxdb+http" | "rxdb+https" => rxdb::parse(text, variable).map(Self::RxDB).ok_or(UrlError::RxDB),
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

    fn parse(text: &str) -> Result<StorageUrl, UrlError> {
        StorageUrl::parse(text, &|name| {
            ["AWS_SECRET_ACCESS_KEY", "FLOWSTATE_AUTH_RXDB_TOKEN"]
                .contains(&name)
                .then(|| "s3cret".to_owned())
        })
    }

    #[test]
    fn every_engine_has_its_address() {
        let rxdb = parse("rxdb+https://host/base/?domain=team&version=3").unwrap();
        let StorageUrl::RxDB(config) = &rxdb else {
            panic!("{rxdb:?}")
        };
        assert_eq!(
            (config.server_url.as_str(), config.domain_id.as_str()),
            ("https://host/base", "team")
        );
        assert_eq!((config.version, config.auth_token.expose()), (Some(3), "s3cret"));
        assert!(!format!("{rxdb:?}").contains("s3cret"));
        let sqlite = |path: &str| Ok(StorageUrl::Sqlite { path: path.into() });
        for text in ["sqlite:/a/b.db", "sqlite:///a/b.db"] {
            assert_eq!(parse(text), sqlite("/a/b.db"));
        }
        assert_eq!(parse("sqlite:b.db"), sqlite("b.db"));
        let data_dir = PathBuf::from("/data");
        let files = FilesystemStorageConfig { data_dir };
        assert_eq!(parse("file:/data"), Ok(StorageUrl::Files(files)));
        for text in [
            "postgres://user:s3cret@host/db",
            "postgresql://host/db?sslmode=verify-full",
        ] {
            let postgres = parse(text).unwrap();
            assert!(matches!(postgres, StorageUrl::Postgres(_)));
            assert!(!format!("{postgres:?}").contains("s3cret"));
        }
        for text in [
            "s3://bucket",
            "s3://bucket/some/prefix/",
            "s3://bucket/p?endpoint=http://127.0.0.1:9000&region=eu-central-1",
        ] {
            let s3 = parse(text).unwrap();
            assert!(matches!(s3, StorageUrl::S3(_)));
            assert!(!format!("{s3:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for text in ["", "auth.db", "mysql://user:s3cret@host/db"] {
            let error = parse(text).unwrap_err();
            assert_eq!(error, UrlError::UnknownScheme);
            assert!(!error.to_string().contains("s3cret"));
        }
        assert_eq!(parse("sqlite:"), Err(UrlError::NoPath { scheme: "sqlite" }));
        assert_eq!(parse("file://"), Err(UrlError::NoPath { scheme: "file" }));
        let bad_port = parse("postgres://user:s3cret@host:port/db");
        assert_eq!(bad_port, Err(UrlError::Postgres));
        assert_eq!(parse("sqlite::memory:"), Err(UrlError::InMemory));
        for text in [
            "s3:bucket",
            "s3:///prefix",
            "s3://key:s3cret@bucket/prefix",
            "s3://bucket/prefix?endpoint=minio",
            "s3://bucket/prefix?endpoint=http://key:s3cret@minio",
            "s3://bucket/prefix?endpiont=http://minio",
        ] {
            assert_eq!(parse(text), Err(UrlError::S3), "{text}");
        }
        for text in [
            "rxdb+https:",
            "rxdb+http://u:s3cret@host",
            "rxdb+http://host?version=new",
            "rxdb+ftp://host",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
