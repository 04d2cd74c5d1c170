//! The one project in Kylin's shape.

use std::collections::BTreeMap;

use ::cube::catalog::CubeInfo;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PROJECT, VERSION};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Project {
    uuid: &'static str,
    last_modified: i64,
    version: &'static str,
    name: &'static str,
    owner: &'static str,
    status: &'static str,
    create_time_utc: i64,
    description: &'static str,
    tables: Vec<String>,
    realizations: Vec<Realization>,
    models: Vec<String>,
    ext_filters: Vec<String>,
    override_kylin_properties: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Realization {
    name: String,
    r#type: &'static str,
    realization: &'static str,
}

impl Project {
    pub(crate) fn new(cubes: &[CubeInfo]) -> Self {
        let distinct = |names: Vec<String>| names.into_iter().collect::<std::collections::BTreeSet<_>>();
        let table = |cube: &CubeInfo| format!("DEFAULT.{}", cube.model.table.to_ascii_uppercase());
        Self {
            uuid: "00000000-0000-0000-0000-000000000000",
            last_modified: cubes.iter().map(|cube| cube.updated_at).max().unwrap_or(0),
            version: VERSION,
            name: PROJECT,
            owner: "ADMIN",
            status: "ENABLED",
            create_time_utc: cubes.iter().map(|cube| cube.created_at).min().unwrap_or(0),
            description: "all cubes of this server",
            tables: distinct(cubes.iter().map(table).collect()).into_iter().collect(),
            realizations: cubes
                .iter()
                .map(|cube| Realization {
                    name: cube.spec.name.to_string(),
                    r#type: "CUBE",
                    realization: "CUBE",
                })
                .collect(),
            models: distinct(cubes.iter().map(|cube| cube.model.name.to_string()).collect())
                .into_iter()
                .collect(),
            ext_filters: vec![],
            override_kylin_properties: BTreeMap::new(),
        }
    }
}
