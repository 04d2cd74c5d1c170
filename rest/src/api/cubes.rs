//! `/cubes`.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::catalog::CubeInfo;
use cube::spec::SpecFile;
use serde::{Deserialize, Serialize};

use super::{Answer, Shared};
use crate::app::App;
use crate::http::{ApiError, Body, Parameters};
use crate::security::Caller;
use crate::wire::cube::Cube;
use crate::wire::{PROJECT, is_our_project};

pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Answer<Vec<Cube>> {
    if !is_our_project(parameters.text("projectName")) {
        return Ok(Json(vec![]));
    }
    let matches = |name: &str, filter: Option<&str>| {
        filter.is_none_or(|part| name.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
    };
    let cubes = app.catalog().cubes().await?;
    let found = cubes
        .iter()
        .filter(|cube| matches(cube.spec.name.as_str(), parameters.text("cubeName")))
        .filter(|cube| {
            parameters
                .text("modelName")
                .is_none_or(|name| cube.model.name.as_str().eq_ignore_ascii_case(name))
        })
        .skip(parameters.number("offset")?.unwrap_or(0))
        .take(parameters.number("limit")?.unwrap_or(usize::MAX));
    let mut shapes = vec![];
    for info in found {
        match app.catalog().timeline(&info.spec.name).await {
            Ok(timeline) => shapes.push(Cube::new(info, &timeline)),
            // Deleted since the list was read.
            Err(error) if error.kind() == cube::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(shapes))
}

pub(crate) async fn get(State(app): Shared, Path(name): Path<String>) -> Answer<Cube> {
    shape(&app, &name).await
}

async fn shape(app: &App, name: &str) -> Answer<Cube> {
    let info = app.catalog().cube(name).await?;
    let timeline = app.catalog().timeline(&info.spec.name).await?;
    Ok(Json(Cube::new(&info, &timeline).with_spec(&info)))
}

/// Kylin's envelope, in a request and in the answer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Envelope {
    /// A specification, YAML or JSON.
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

pub(crate) async fn enable(State(app): Shared, Path(name): Path<String>) -> Answer<Cube> {
    set_enabled(&app, &name, true).await
}

pub(crate) async fn disable(State(app): Shared, Path(name): Path<String>) -> Answer<Cube> {
    set_enabled(&app, &name, false).await
}

async fn set_enabled(app: &App, name: &str, enabled: bool) -> Answer<Cube> {
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
