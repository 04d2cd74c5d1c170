//! `/streaming`: tables over topics as Kylin's wizard makes them, before there is a model.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::spec::{ModelSpec, SpecFile};
use serde_json::json;

use super::{Answer, Shared};
use crate::app::App;
use crate::http::{ApiError, Body, Parameters};
use crate::kylin::{StreamingRequest, StreamingTable, last_part};
use crate::security::Caller;
use crate::wire::table::{KafkaConfig, StreamingConfig};
use crate::wire::{PROJECT, table_name};

/// Declares a table over a topic, for `POST /models`.
#[utoipa::path(post, path = "/streaming", tag = "models", request_body = StreamingRequest, responses(
    (status = 200, body = StreamingRequest),
    (status = 400, description = "what is wrong in which description"),
    (status = 409, description = "there is another table of that name"),
))]
pub(crate) async fn create(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<StreamingRequest> {
    put(&app, &caller, &body, false).await
}

/// The same, and replaces a table of that name that no model uses.
#[utoipa::path(put, path = "/streaming", tag = "models", request_body = StreamingRequest, responses(
    (status = 200, body = StreamingRequest),
    (status = 400, description = "what is wrong in which description"),
    (status = 409, description = "a model uses the table"),
))]
pub(crate) async fn replace(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<StreamingRequest> {
    put(&app, &caller, &body, true).await
}

async fn put(app: &App, caller: &Caller, body: &Body, replace: bool) -> Answer<StreamingRequest> {
    let mut request: StreamingRequest = body.json()?;
    let table = request.table()?;
    // The whole table is checked as if a model stood on it.
    model(&table)?;
    app.catalog().put_table(&table.name, &table.spec.to_string(), replace).await?;
    tracing::info!(table = table.name, by = caller.name, "declared a table");
    request.project = Some(PROJECT.into());
    request.successful = true;
    request.message = None;
    Ok(Json(request))
}

/// Forgets a table that was declared; models keep their own.
#[utoipa::path(delete, path = "/streaming/{table}", tag = "models", params(("table" = String, Path)), responses(
    (status = 200), (status = 404),
))]
pub(crate) async fn delete(State(app): Shared, Path(name): Path<String>) -> Result<(), ApiError> {
    app.catalog().drop_table(&last_part(&name)).await?;
    Ok(())
}

/// The tables over topics, or the one that is named.
#[utoipa::path(get, path = "/streaming/getConfig", tag = "models", params(
    ("table" = Option<String>, Query, example = "DEFAULT.ORDERS"), ("project" = Option<String>, Query),
), responses((status = 200, body = [StreamingConfig])))]
pub(crate) async fn config(State(app): Shared, parameters: Parameters) -> Answer<Vec<StreamingConfig>> {
    let models = named(&app, parameters.text("table")).await?;
    Ok(Json(models.iter().map(StreamingConfig::from).collect()))
}

/// Their topics and brokers.
#[utoipa::path(get, path = "/streaming/getKfkConfig", tag = "models", params(
    ("kafkaConfigName" = Option<String>, Query, example = "DEFAULT.ORDERS"), ("project" = Option<String>, Query),
), responses((status = 200, body = [KafkaConfig])))]
pub(crate) async fn kafka_config(State(app): Shared, parameters: Parameters) -> Answer<Vec<KafkaConfig>> {
    let models = named(&app, parameters.text("kafkaConfigName")).await?;
    Ok(Json(models.iter().map(KafkaConfig::from).collect()))
}

async fn named(app: &App, name: Option<&str>) -> Result<Vec<ModelSpec>, ApiError> {
    let mut models = every_table(app).await?;
    if let Some(name) = name.map(last_part) {
        models.retain(|model| model.table == name);
    }
    Ok(models)
}

/// The tables of models, and those that were only declared, as models of their own.
pub(super) async fn every_table(app: &App) -> Result<Vec<ModelSpec>, ApiError> {
    let mut models: Vec<ModelSpec> =
        app.catalog().models().await?.iter().map(|model| model.as_ref().clone()).collect();
    for (name, spec) in app.catalog().tables().await? {
        if !models.iter().any(|model| model.table == name) {
            models.push(model(&stored(name, &spec)?)?);
        }
    }
    models.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(models)
}

/// A table that was declared, or that a model has already.
pub(super) async fn declared(app: &App, name: &str) -> Result<StreamingTable, ApiError> {
    let tables = app.catalog().tables().await?;
    if let Some((name, spec)) = tables.into_iter().find(|(table, _)| table == name) {
        return stored(name, &spec);
    }
    Err(ApiError::not_found(format!(
        "there is no table {}; make it with POST /kylin/api/streaming first",
        table_name(name)
    )))
}

fn stored(name: String, spec: &str) -> Result<StreamingTable, ApiError> {
    let spec = serde_json::from_str(spec).map_err(|error| {
        ApiError::from(cube::Error::data(format!("the stored table {name} cannot be read: {error}")))
    })?;
    Ok(StreamingTable { name, spec })
}

fn model(table: &StreamingTable) -> Result<ModelSpec, ApiError> {
    let text = json!({ "model": { "name": table.name, "table": table.spec } }).to_string();
    let model = SpecFile::parse(&text)?.models.into_iter().next();
    let model = model.ok_or_else(|| ApiError::invalid("the table is empty"))?;
    ingest::decode::check(&model)?;
    Ok(model)
}
