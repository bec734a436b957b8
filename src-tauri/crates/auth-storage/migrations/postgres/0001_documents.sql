-- One table a kind, one JSON document a row, with the fields that are looked for in columns beside it. The document is text:
-- it comes back as it was given. Everything is compared by its bytes.

CREATE TABLE users (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    "domainId" text COLLATE "C", email text COLLATE "C"
);
CREATE UNIQUE INDEX users_address ON users ("domainId", email);

CREATE TABLE sessions (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    "userId" text COLLATE "C", expires text COLLATE "C"
);
CREATE INDEX sessions_user ON sessions ("userId", id);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE verification_tokens (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    expires text COLLATE "C"
);
CREATE INDEX verification_tokens_expires ON verification_tokens (expires);

CREATE TABLE accounts (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    "domainId" text COLLATE "C", provider text COLLATE "C", "providerAccountId" text COLLATE "C", "userId" text COLLATE "C"
);
CREATE UNIQUE INDEX accounts_provider ON accounts ("domainId", provider, "providerAccountId");
CREATE INDEX accounts_user ON accounts ("userId", id);

CREATE TABLE service_accounts (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    "domainId" text COLLATE "C", "orgId" text COLLATE "C"
);
CREATE INDEX service_accounts_org ON service_accounts ("domainId", "orgId", id);

CREATE TABLE api_tokens (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    prefix text COLLATE "C", "serviceAccountId" text COLLATE "C"
);
CREATE UNIQUE INDEX api_tokens_prefix ON api_tokens (prefix);
CREATE INDEX api_tokens_account ON api_tokens ("serviceAccountId", id);

CREATE TABLE signing_keys (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    expires text COLLATE "C"
);

CREATE TABLE limits (
    id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
    expires text COLLATE "C"
);
CREATE INDEX limits_expires ON limits (expires);
