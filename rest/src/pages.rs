//! The pages, which were built beside this crate and are a part of the binary.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::http::ApiError;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Files;

/// Nothing from elsewhere, and no script that is not a file of ours.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The first parts of the paths that the pages know; they all start from the same document.
const PAGES: [&str; 4] = ["", "monitor", "cubes", "insight"];

/// A file of the pages, or the document for the address of a page.
pub(crate) async fn get(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if method != Method::GET && method != Method::HEAD {
        return no_such_path();
    }
    if let Some(file) = Files::get(path) {
        return serve(path, file, &headers);
    }
    if !PAGES.contains(&path.split('/').next().unwrap_or_default()) {
        return no_such_path();
    }
    match Files::get("index.html") {
        Some(file) => serve("index.html", file, &headers),
        None => Html(WITHOUT_PAGES).into_response(),
    }
}

/// What is shown where the binary was built without Node.js.
const WITHOUT_PAGES: &str = "<!doctype html><title>Kirin</title><p>This Kirin was built without its pages, for which \
    the build needs Node.js 20.19 or later. Everything else works: see <a href=\"/api\">the HTTP interface</a>.";

fn serve(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()));
    // Names below assets/ carry a hash of their content.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let shared = [
        (ETAG, tag.as_str()),
        (CACHE_CONTROL, caching),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, shared).into_response();
    }
    (shared, [(CONTENT_TYPE, file.metadata.mimetype())], file.data).into_response()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn no_such_path() -> Response {
    ApiError::not_found("there is no such path; the interface lies below /kylin/api and is described at /api")
        .into_response()
}
