//! Text → checked specifications. YAML, and JSON as the YAML that it is.

mod build;
mod cube;
mod group;
mod measure;
mod model;

use serde::{Deserialize, Serialize};

use self::cube::RawCube;
use self::model::RawModel;
use super::{CubeSpec, ModelSpec};
use crate::id::ModelName;
use crate::{Error, Result};

/// The longest specification that is read, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// What one file holds: models, cubes, or both.
///
/// Cubes are checked against the models of the same file, or of the catalog
/// ([`SpecFile::parse_with`]).
#[derive(Debug)]
pub struct SpecFile {
    pub models: Vec<ModelSpec>,
    pub cubes: Vec<CubeSpec>,
}

impl SpecFile {
    /// # Errors
    /// `Invalid`, naming the field, the value, and what would be accepted.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, |_| None)
    }

    /// `known_model` finds models that other files defined.
    pub fn parse_with(text: &str, known_model: impl Fn(&ModelName) -> Option<ModelSpec>) -> Result<Self> {
        if text.len() > MAX_TEXT {
            return Err(Error::invalid(format!(
                "the specification has {} bytes; at most {MAX_TEXT} are read",
                text.len()
            )));
        }
        let raw: RawFile = serde_saphyr::from_str(text)
            .map_err(|error| Error::invalid(format!("the specification cannot be read: {error}")))?;
        let models =
            raw.model.into_iter().chain(raw.models).map(RawModel::check).collect::<Result<Vec<_>>>()?;
        let find = |name: &ModelName| {
            models.iter().find(|model| model.name == *name).cloned().or_else(|| known_model(name))
        };
        let cubes = raw
            .cube
            .into_iter()
            .chain(raw.cubes)
            .map(|cube| {
                let name = ModelName::new(cube.model.clone())?;
                let model = find(&name).ok_or_else(|| {
                    Error::invalid(format!(
                        "cube.model: there is no model {name}; put it under `model` in the same file, or define it first"
                    ))
                })?;
                cube.check(&model)
            })
            .collect::<Result<Vec<_>>>()?;
        if models.is_empty() && cubes.is_empty() {
            return Err(Error::invalid("the specification holds neither `model` nor `cube`"));
        }
        Ok(Self { models, cubes })
    }
}

impl ModelSpec {
    /// The specification again, as JSON that [`SpecFile::parse`] reads. Secrets stay references.
    pub fn to_json(&self) -> String {
        encode(&RawFile { model: Some(RawModel::of(self)), ..RawFile::default() })
    }
}

impl CubeSpec {
    /// The specification again, as JSON that [`SpecFile::parse_with`] reads.
    pub fn to_json(&self, model: &ModelSpec) -> String {
        encode(&RawFile { cube: Some(RawCube::of(self, model)), ..RawFile::default() })
    }
}

fn encode(file: &RawFile) -> String {
    serde_json::to_string(file).unwrap_or_default()
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<RawModel>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<RawModel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cube: Option<RawCube>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cubes: Vec<RawCube>,
}

/// A lower-case SQL identifier of letters, digits and underscores.
fn identifier(name: &str, at: &str) -> Result<String> {
    let ok = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= 128
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !ok {
        return Err(Error::invalid(format!(
            "{at} {name:?} is not accepted: use 1 to 128 letters, digits or underscores, not starting with a digit"
        )));
    }
    Ok(name.to_ascii_lowercase())
}
