//! `/cubes`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Extension, Json};
use cube::catalog::CubeInfo;
use cube::id::CubeName;
use cube::spec::SpecFile;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answer, Shared, counted};
use crate::app::App;
use crate::http::{ApiError, Body, Parameters};
use crate::kylin::CubeDesc;
use crate::monitor::lag::LagCache;
use crate::security::Caller;
use crate::wire::cube::Cube;
use crate::wire::{PROJECT, is_our_project};

/// Lists cubes with their segments.
#[utoipa::path(get, path = "/cubes", tag = "cubes", params(
    ("cubeName" = Option<String>, Query, description = "a part of the name"),
    ("modelName" = Option<String>, Query), ("projectName" = Option<String>, Query),
    ("offset" = Option<usize>, Query), ("limit" = Option<usize>, Query),
    ("segments" = Option<bool>, Query, description = "false leaves the segments out"),
), responses((status = 200, body = [Cube], headers(("X-Total-Count" = u64, description = "cubes that match")))))]
pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Result<Response, ApiError> {
    if !is_our_project(parameters.text("projectName")) {
        return Ok(counted(0, Json(Vec::<Cube>::new())));
    }
    let matches = |name: &str, filter: Option<&str>| {
        filter.is_none_or(|part| name.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
    };
    let cubes = app.catalog().cubes().await?;
    let found: Vec<&CubeInfo> = cubes
        .iter()
        .filter(|cube| matches(cube.spec.name.as_str(), parameters.text("cubeName")))
        .filter(|cube| {
            parameters
                .text("modelName")
                .is_none_or(|name| cube.model.name.as_str().eq_ignore_ascii_case(name))
        })
        .collect();
    let total = found.len() as u64;
    let (offset, limit) = (parameters.number("offset")?, parameters.number("limit")?);
    let page: Vec<&CubeInfo> =
        found.into_iter().skip(offset.unwrap_or(0)).take(limit.unwrap_or(usize::MAX)).collect();
    let brief = parameters.text("segments") == Some("false");
    Ok(counted(total, Json(shapes(&app, &page, brief).await?)))
}

async fn shapes(app: &Arc<App>, cubes: &[&CubeInfo], brief: bool) -> Result<Vec<Cube>, ApiError> {
    let lags = LagCache::known(app);
    let mut shapes = vec![];
    for info in cubes {
        let shape = match app.catalog().timeline(&info.spec.name).await {
            Ok(timeline) => Cube::new(info, &timeline),
            // Deleted since the list was read.
            Err(error) if error.kind() == cube::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let shape = shape.with_lag(lags.get(info.spec.name.as_str()).copied());
        shapes.push(if brief { shape.without_segments() } else { shape });
    }
    Ok(shapes)
}

/// One cube, with its segments and its specification.
#[utoipa::path(get, path = "/cubes/{cube}", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = Cube), (status = 404),
))]
pub(crate) async fn get(State(app): Shared, Path(name): Path<String>) -> Answer<Cube> {
    shape(&app, &name).await
}

async fn shape(app: &Arc<App>, name: &str) -> Answer<Cube> {
    let info = app.catalog().cube(name).await?;
    let timeline = app.catalog().timeline(&info.spec.name).await?;
    let lag = LagCache::known(app).get(info.spec.name.as_str()).copied();
    Ok(Json(Cube::new(&info, &timeline).with_lag(lag).with_spec(&info)))
}

/// Kylin's envelope, in a request and in the answer.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = CubeRequest)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Envelope {
    /// A specification of Kirin, YAML or JSON, or Kylin's description of a cube, JSON.
    cube_desc_data: Option<String>,
    cube_name: Option<String>,
    project: Option<String>,
    streaming_data: Option<String>,
    kafka_data: Option<String>,
    streaming_cube: Option<String>,
    uuid: Option<String>,
    successful: bool,
    message: Option<String>,
    /// Ours: the cubes and models that were created.
    cubes: Vec<String>,
    models: Vec<String>,
}

/// The specification in a body: in Kylin's envelope, or the whole body.
fn specification(body: &Body) -> Result<Envelope, ApiError> {
    let text = body.text()?;
    let envelope = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .filter(|json| json.get("cubeDescData").is_some());
    match envelope {
        Some(_) => body.json(),
        None => Ok(Envelope { cube_desc_data: Some(text.to_owned()), ..Envelope::default() }),
    }
}

/// Creates cubes and models from a specification of Kirin, or a cube from Kylin's description.
///
/// The specification may also be the whole body, without the envelope.
#[utoipa::path(post, path = "/cubes", tag = "cubes", request_body = Envelope, responses(
    (status = 200, body = Envelope),
    (status = 400, description = "which field is wrong, and what would be accepted"),
    (status = 409, description = "a name is taken"),
))]
pub(crate) async fn create(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<Envelope> {
    let mut envelope = specification(&body)?;
    let text = envelope.cube_desc_data.clone().unwrap_or_default();
    if text.trim().is_empty() {
        return Err(ApiError::invalid(
            "the specification is empty; send YAML or JSON with `model` and `cube`",
        ));
    }
    let text = match CubeDesc::parse(&text)? {
        Some(desc) => desc.spec()?,
        None => text,
    };
    let models = app.catalog().models().await?;
    let known =
        |name: &cube::id::ModelName| models.iter().find(|model| model.name == *name).map(|m| (**m).clone());
    let file = SpecFile::parse_with(&text, known)?;
    file.models.iter().try_for_each(ingest::decode::check)?;
    let named: Vec<String> = file.cubes.iter().map(|cube| cube.name.to_string()).collect();
    let wanted = envelope.cube_name.as_ref().filter(|name| !name.is_empty());
    if let Some(name) = wanted.filter(|name| !named.iter().any(|cube| cube.eq_ignore_ascii_case(name))) {
        return Err(ApiError::invalid(format!(
            "cubeName is {name:?}, but the specification defines: {}",
            if named.is_empty() { "no cube".to_owned() } else { named.join(", ") }
        )));
    }
    app.catalog().create_cubes(&file, &caller.name).await?;
    tracing::info!(cubes = named.join(", "), by = caller.name, "created cubes");
    if let Some(first) = named.first() {
        envelope.uuid = Some(app.catalog().cube(first).await?.id.to_string());
        envelope.cube_name = Some(first.clone());
    }
    envelope.project = Some(PROJECT.into());
    envelope.streaming_cube = Some("true".into());
    envelope.successful = true;
    envelope.message = None;
    envelope.cubes = named;
    envelope.models = file.models.iter().map(|model| model.name.to_string()).collect();
    Ok(Json(envelope))
}

/// Deletes a cube with its segments; jobs that build it are discarded.
#[utoipa::path(delete, path = "/cubes/{cube}", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200), (status = 404),
))]
pub(crate) async fn delete(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<(), ApiError> {
    let CubeInfo { spec, .. } = app.catalog().cube(&name).await?;
    app.catalog().drop_cube(&spec.name).await?;
    tracing::info!(cube = %spec.name, by = caller.name, "deleted a cube");
    Ok(())
}

/// Lets queries use a cube.
#[utoipa::path(put, path = "/cubes/{cube}/enable", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = Cube), (status = 404),
))]
pub(crate) async fn enable(State(app): Shared, Path(name): Path<String>) -> Answer<Cube> {
    set_enabled(&app, &name, true).await
}

/// Keeps queries from using a cube; builds go on.
#[utoipa::path(put, path = "/cubes/{cube}/disable", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = Cube), (status = 404),
))]
pub(crate) async fn disable(State(app): Shared, Path(name): Path<String>) -> Answer<Cube> {
    set_enabled(&app, &name, false).await
}

/// Deletes all segments of a cube, and forgets its holes; the next build is a first one again.
#[utoipa::path(put, path = "/cubes/{cube}/purge", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = Cube), (status = 404), (status = 409, description = "segments are being built"),
))]
pub(crate) async fn purge(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Answer<Cube> {
    let info = app.catalog().cube(&name).await?;
    let reason = format!("cube purged by {}", caller.name);
    app.catalog().purge_cube(&info.spec.name, &reason).await?;
    tracing::info!(cube = %info.spec.name, "{reason}");
    shape(&app, &name).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CloneRequest)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Clone {
    #[schema(example = "orders_copy")]
    cube_name: String,
    #[schema(example = "default")]
    project: Option<String>,
}

/// Creates a cube like another one, without segments.
#[utoipa::path(put, path = "/cubes/{cube}/clone", tag = "cubes", params(("cube" = String, Path)),
    request_body = Clone, responses(
    (status = 200, body = Cube), (status = 400), (status = 404), (status = 409, description = "the name is taken"),
))]
pub(crate) async fn clone(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Body,
) -> Answer<Cube> {
    let Clone { cube_name, project } = body.json()?;
    if !is_our_project(project.as_deref()) {
        return Err(ApiError::invalid(format!(
            "project {:?} does not exist; leave it out, or use {PROJECT}",
            project.unwrap_or_default()
        )));
    }
    let from = app.catalog().cube(&name).await?.spec.name.clone();
    let to = CubeName::new(cube_name)?;
    app.catalog().clone_cube(&from, &to, &caller.name).await?;
    tracing::info!(%from, %to, by = caller.name, "cloned a cube");
    shape(&app, to.as_str()).await
}

async fn set_enabled(app: &Arc<App>, name: &str, enabled: bool) -> Answer<Cube> {
    let info = app.catalog().cube(name).await?;
    app.catalog().enable_cube(&info.spec.name, enabled).await?;
    shape(app, name).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_comes_in_kylins_envelope_or_by_itself() {
        let text = |body: &str| specification(&Body::from(body)).unwrap().cube_desc_data.unwrap();
        assert_eq!(
            text(r#"{"cubeDescData":"{\"model\":{}}","cubeName":"c","project":"p"}"#),
            r#"{"model":{}}"#
        );
        assert_eq!(text(r#"{"model":{"name":"m"}}"#), r#"{"model":{"name":"m"}}"#);
        assert_eq!(text("model:\n  name: m\n"), "model:\n  name: m\n");
    }
}
