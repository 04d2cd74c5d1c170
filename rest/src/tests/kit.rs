//! A server without a socket.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Request, StatusCode};
use cube::catalog::Catalog;
use cube::store::SegmentStore;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::app::App;
use crate::settings::{PasswordHash, Settings, User};

pub(super) const SPEC: &str = r#"
model:
  name: orders
  table:
    name: orders
    topic: orders
    brokers: "127.0.0.1:1"
    columns:
      - { name: at, type: timestamp }
      - { name: country, type: varchar }
      - { name: amount, type: "decimal(19,4)" }
      - { name: note, type: varchar }
    event_time: { column: at, format: epoch_ms }
cube:
  name: orders_cube
  model: orders
  dimensions: [country, hour_start, day_start]
  measures:
    - { name: orders, function: count }
    - { name: amount_sum, function: sum, column: amount }
"#;

pub(super) struct Kit {
    router: Router,
    _folder: TempDir,
}

pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) json: Value,
}

impl Reply {
    /// The text of an error, which must be in both of Kylin's places.
    pub(super) fn exception(&self) -> &str {
        assert_eq!(self.json["exception"], self.json["msg"], "{}", self.text);
        self.json["exception"].as_str().unwrap_or_default()
    }
}

pub(super) fn with_user(name: &str, password: &str) -> Settings {
    let password_hash = PasswordHash::of(password).unwrap();
    Settings { users: vec![User { name: name.into(), password_hash }], ..Settings::default() }
}

impl Kit {
    pub(super) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Arc::new(Catalog::open_sqlite(&folder.path().join("catalog.sqlite")).await.unwrap());
        let store = SegmentStore::local(&folder.path().join("segments")).unwrap();
        let query =
            query::Engine::new(catalog.clone(), Arc::new(store.clone()), settings.query_options()).unwrap();
        let engine = ingest::engine::Engine::start(catalog, store, settings.ingest_options()).await.unwrap();
        let app = App::new(settings, engine, query).unwrap();
        Self { router: crate::http::router(app), _folder: folder }
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: &str) -> Reply {
        self.call_with(method, path, body, &[]).await
    }

    pub(super) async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header(HOST, "localhost:7070");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(headers[CONTENT_TYPE], "application/json", "{text}");
        }
        Reply { status, headers, text, json }
    }
}
