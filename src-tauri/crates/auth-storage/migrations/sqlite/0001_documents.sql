-- One table a kind, one JSON document a row. What is looked for and what is unique stands in indexes on the document.

CREATE TABLE users (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE UNIQUE INDEX users_address ON users (doc ->> '$.domainId', doc ->> '$.email');

CREATE TABLE sessions (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE INDEX sessions_user ON sessions (doc ->> '$.userId', id);
CREATE INDEX sessions_expires ON sessions (doc ->> '$.expires');

CREATE TABLE verification_tokens (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE INDEX verification_tokens_expires ON verification_tokens (doc ->> '$.expires');

CREATE TABLE accounts (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE UNIQUE INDEX accounts_provider
    ON accounts (doc ->> '$.domainId', doc ->> '$.provider', doc ->> '$.providerAccountId');
CREATE INDEX accounts_user ON accounts (doc ->> '$.userId', id);

CREATE TABLE service_accounts (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE INDEX service_accounts_org ON service_accounts (doc ->> '$.domainId', doc ->> '$.orgId', id);

CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE UNIQUE INDEX api_tokens_prefix ON api_tokens (doc ->> '$.prefix');
CREATE INDEX api_tokens_account ON api_tokens (doc ->> '$.serviceAccountId', id);

CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;

CREATE TABLE limits (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL CHECK (json_valid(doc))
) STRICT;
CREATE INDEX limits_expires ON limits (doc ->> '$.expires');
