//! The OpenAPI document: what the handlers say of themselves, and what holds for all of them.

use std::collections::BTreeMap;

use auth_core::wire::{PROBLEM_JSON, Problem};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, License, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
    ResponseBuilder,
};
use utoipa::{IntoResponses, PartialSchema};

/// The name of the security scheme, for `security(…)` of the handlers.
pub const BEARER: &str = "bearer";

/// A header by its name and the type of its value.
type Header = Option<(&'static str, Type)>;

/// The problems that are described once: name, what it means, a header that comes with it.
const PROBLEMS: [(&str, &str, Header); 13] = [
    ("InvalidRequest", "The request is not as it should be", None),
    (
        "InvalidToken",
        "The bearer token is missing or not good",
        Some(("WWW-Authenticate", Type::String)),
    ),
    (
        "InvalidGrant",
        "The session or the API token is not, or no longer, good",
        Some(("WWW-Authenticate", Type::String)),
    ),
    (
        "Forbidden",
        "The token lacks the scope, or the organisation is another's",
        None,
    ),
    ("NotFound", "Nothing is here", None),
    ("TimedOut", "The request took too long to arrive", None),
    ("TooLarge", "The body is larger than 16 KiB", None),
    ("UriTooLong", "The path and query are too long", None),
    (
        "UnsupportedType",
        "The body is of another type than this path takes",
        None,
    ),
    (
        "RateLimited",
        "This was asked too often",
        Some(("Retry-After", Type::Integer)),
    ),
    ("HeadersTooLarge", "The headers are too many or too large", None),
    ("Internal", "The server failed", None),
    ("StorageUnavailable", "The storage cannot be reached", None),
];

/// What every operation may answer.
const ALWAYS: [(&str, &str); 5] = [
    ("408", "TimedOut"),
    ("413", "TooLarge"),
    ("414", "UriTooLong"),
    ("431", "HeadersTooLarge"),
    ("500", "Internal"),
];

/// 429, for operations that are limited.
pub struct Limited;

impl IntoResponses for Limited {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([("429".to_owned(), problem("RateLimited"))])
    }
}

/// 401, for operations that take a grant.
pub struct Refusable;

impl IntoResponses for Refusable {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([("401".to_owned(), problem("InvalidGrant"))])
    }
}

/// The document before any path.
pub fn begun() -> OpenApi {
    let mut components = ComponentsBuilder::new()
        .schema("Problem", Problem::schema())
        .security_scheme(BEARER, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (name, description, header) in PROBLEMS {
        components = components.response(name, response(description, header));
    }
    let about = "E-mail codes, sessions, service accounts and API tokens. Every error is application/problem+json with a stable \
        `code`. An e-mail address is ASCII and compared in lower case; an international domain is written in its xn-- form, so \
        that addresses which only look alike are refused.";
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("FlowState auth server")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(about))
                .license(Some(License::new("MIT")))
                .build(),
        )
        .components(Some(components.build()))
        .build()
}

/// The document with the problems that follow from what an operation takes.
pub fn finished(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            for (status, name) in problems(path, operation) {
                operation
                    .responses
                    .responses
                    .entry(status.to_owned())
                    .or_insert_with(|| problem(name));
            }
        }
    }
    document
}

fn problems(path: &str, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let takes = |place: &ParameterIn| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == *place,
            RefOr::Ref(_) => false,
        })
    };
    let mut problems = ALWAYS.to_vec();
    let body = operation.request_body.is_some();
    if body || takes(&ParameterIn::Query) {
        problems.push(("400", "InvalidRequest"));
    }
    if body {
        problems.push(("415", "UnsupportedType"));
    }
    if takes(&ParameterIn::Path) {
        problems.push(("404", "NotFound"));
    }
    if operation.security.is_some() {
        // An API token as the bearer may have to wait for its turn to be checked, and is not to be guessed.
        problems.extend([("401", "InvalidToken"), ("403", "Forbidden"), ("429", "RateLimited")]);
    }
    if path.starts_with("/auth/") {
        problems.push(("503", "StorageUnavailable"));
    }
    problems
}

fn problem(name: &str) -> RefOr<Response> {
    RefOr::Ref(Ref::from_response_name(name))
}

fn response(description: &str, header: Header) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let mut response = ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content);
    if let Some((name, kind)) = header {
        let schema = ObjectBuilder::new().schema_type(kind);
        response = response.header(name, HeaderBuilder::new().schema(Some(schema)).build());
    }
    response.build()
}
