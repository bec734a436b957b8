//! How the types that carry a rule look in an OpenAPI document.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::Secret;
use crate::models::Timestamp;

fn text(format: KnownFormat) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .into()
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::Password)
    }
}

impl ToSchema for Secret {
    fn name() -> Cow<'static, str> {
        "Secret".into()
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::DateTime)
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        "Timestamp".into()
    }
}
