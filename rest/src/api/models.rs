//! `/models`: tables over topics, which cubes are built from.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::catalog::Catalog;
use cube::spec::{ModelSpec, SpecFile};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use super::{Answer, Shared};
use crate::http::{ApiError, Body, Parameters};
use crate::kylin::ModelDesc;
use crate::security::Caller;
use crate::wire::model::Model;
use crate::wire::{PROJECT, is_our_project};

/// Lists models.
#[utoipa::path(get, path = "/models", tag = "models", params(
    ("modelName" = Option<String>, Query, description = "a part of the name"),
    ("projectName" = Option<String>, Query),
    ("offset" = Option<usize>, Query), ("limit" = Option<usize>, Query),
), responses((status = 200, body = [Model])))]
pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Answer<Vec<Model>> {
    if !is_our_project(parameters.text("projectName")) {
        return Ok(Json(vec![]));
    }
    let part = parameters.text("modelName").unwrap_or_default().to_ascii_lowercase();
    let models = app.catalog().models().await?;
    let found = models
        .iter()
        .filter(|model| model.name.as_str().to_ascii_lowercase().contains(&part))
        .skip(parameters.number("offset")?.unwrap_or(0))
        .take(parameters.number("limit")?.unwrap_or(usize::MAX));
    Ok(Json(found.map(|model| Model::from(model.as_ref())).collect()))
}

/// One model.
#[utoipa::path(get, path = "/model/{model}", tag = "models", params(("model" = String, Path)), responses(
    (status = 200, body = Model), (status = 404),
))]
pub(crate) async fn get(State(app): Shared, Path(name): Path<String>) -> Answer<Model> {
    Ok(Json(Model::from(find(app.catalog(), &name).await?.as_ref())))
}

async fn find(catalog: &Catalog, name: &str) -> Result<Arc<ModelSpec>, ApiError> {
    let models = catalog.models().await?;
    models.iter().find(|model| model.name.as_str().eq_ignore_ascii_case(name)).cloned().ok_or_else(|| {
        ApiError::not_found(format!("there is no model {name:?}; list them with GET /kylin/api/models"))
    })
}

/// Kylin's request and answer.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ModelRequest {
    project: Option<String>,
    model_name: Option<String>,
    /// Kylin's description of a model, JSON in a string: `{"name","fact_table","lookups":[]}`.
    model_desc_data: Option<String>,
    uuid: Option<String>,
    successful: bool,
    message: Option<String>,
}

/// Makes a model on a table that `POST /streaming` made.
#[utoipa::path(post, path = "/models", tag = "models", request_body = ModelRequest, responses(
    (status = 200, body = ModelRequest),
    (status = 400, description = "what is wrong in the description, or what Kirin lacks"),
    (status = 404, description = "there is no such table"),
    (status = 409, description = "another model has the name or the table"),
))]
pub(crate) async fn create(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<ModelRequest> {
    let mut request: ModelRequest = body.json()?;
    let desc = ModelDesc::parse(request.model_desc_data.as_deref())?;
    let table = super::streaming::declared(&app, &desc.table()).await?;
    let file = SpecFile::parse(&desc.spec(&table))?;
    for model in &file.models {
        ingest::decode::check(model)?;
    }
    app.catalog().create_models(&file.models).await?;
    tracing::info!(model = desc.name, by = caller.name, "created a model");
    request.project = Some(PROJECT.into());
    request.model_name = Some(desc.name);
    request.successful = true;
    request.message = None;
    Ok(Json(request))
}

/// Forgets a model that no cube uses.
#[utoipa::path(delete, path = "/models/{model}", tag = "models", params(("model" = String, Path)), responses(
    (status = 200), (status = 404), (status = 409, description = "cubes use it"),
))]
pub(crate) async fn delete(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<(), ApiError> {
    let model = find(app.catalog(), &name).await?;
    app.catalog().drop_model(&model.name).await?;
    tracing::info!(model = %model.name, by = caller.name, "deleted a model");
    Ok(())
}
