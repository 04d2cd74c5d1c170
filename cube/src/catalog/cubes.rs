//! Models and cubes in the catalog.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::cache::SpecCache;
use super::database::{Row, Transaction, parameters};
use super::{Catalog, Change, now};
use crate::id::{CubeId, CubeName, ModelName};
use crate::offsets::PartitionId;
use crate::spec::{CubeSpec, ModelSpec, SpecFile};
use crate::timeline::Timeline;
use crate::{Error, Result};

/// A cube as the catalog keeps it, without its segments. Times in milliseconds UTC.
#[derive(Clone, Debug)]
pub struct CubeInfo {
    /// Never reused, unlike the name: what commit records and object names go by.
    pub id: CubeId,
    pub spec: Arc<CubeSpec>,
    pub model: Arc<ModelSpec>,
    pub owner: String,
    /// Whether queries may use it.
    pub enabled: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

/// A cube with its segments, all from one transaction.
#[derive(Clone, Debug)]
pub struct CubeSnapshot {
    pub model: Arc<ModelSpec>,
    pub spec: Arc<CubeSpec>,
    pub timeline: Arc<Timeline>,
    pub enabled: bool,
}

impl Catalog {
    /// Records models, all or nothing.
    ///
    /// # Errors
    /// `Conflict` if another model has the name or the table of one; the same model again is no error.
    pub async fn create_models(&self, models: &[ModelSpec]) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        for model in models {
            create_model(&self.specs, &mut *transaction, model).await?;
        }
        transaction.commit().await
    }

    /// # Errors
    /// `NotFound`, naming the models that there are.
    pub async fn model(&self, name: &str) -> Result<Arc<ModelSpec>> {
        let mut transaction = self.database.begin().await?;
        model(&self.specs, &mut *transaction, name).await
    }

    /// Forgets a model.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a cube uses it.
    pub async fn drop_model(&self, name: &ModelName) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let model = model(&self.specs, &mut *transaction, name.as_str()).await?;
        let all = cubes(&self.specs, &mut *transaction).await?;
        let users = all.iter().filter(|cube| cube.model.name == model.name);
        let users: Vec<&str> = users.map(|cube| cube.spec.name.as_str()).collect();
        if !users.is_empty() {
            return Err(Error::conflict(format!(
                "model {} is used by the cubes {}; delete these first",
                model.name,
                users.join(", ")
            )));
        }
        transaction.execute("DELETE FROM models WHERE name = ?1", parameters![model.name.as_str()]).await?;
        transaction.commit().await
    }

    pub async fn models(&self) -> Result<Vec<Arc<ModelSpec>>> {
        let mut transaction = self.database.begin().await?;
        models(&self.specs, &mut *transaction).await
    }

    /// Records the models and cubes of one file, all or nothing.
    ///
    /// # Errors
    /// `Conflict` if a cube or another model of that name is there.
    pub async fn create_cubes(&self, file: &SpecFile, owner: &str) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        for model in &file.models {
            create_model(&self.specs, &mut *transaction, model).await?;
        }
        for spec in &file.cubes {
            create_cube(&self.specs, &mut *transaction, spec, owner).await?;
        }
        transaction.commit().await?;
        file.cubes.iter().for_each(|cube| self.changes.tell(Change::Cube(cube.name.clone())));
        Ok(())
    }

    /// Creates a cube with the definition of another one, without its segments.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if there is a cube of the new name.
    pub async fn clone_cube(&self, from: &CubeName, name: &CubeName, owner: &str) -> Result<CubeInfo> {
        let mut transaction = self.database.begin().await?;
        let original = cube(&self.specs, &mut *transaction, from.as_str()).await?;
        let spec = CubeSpec { name: name.clone(), ..(*original.spec).clone() };
        create_cube(&self.specs, &mut *transaction, &spec, owner).await?;
        let info = cube(&self.specs, &mut *transaction, name.as_str()).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Cube(name.clone()));
        Ok(info)
    }

    pub async fn cubes(&self) -> Result<Vec<CubeInfo>> {
        let mut transaction = self.database.begin().await?;
        cubes(&self.specs, &mut *transaction).await
    }

    /// # Errors
    /// `NotFound`, naming the cubes that there are.
    pub async fn cube(&self, name: &str) -> Result<CubeInfo> {
        let mut transaction = self.database.begin().await?;
        cube(&self.specs, &mut *transaction, name).await
    }

    /// Removes a cube, its segments, ledgers and holes from the catalog, and its jobs' segments.
    ///
    /// # Errors
    /// `Conflict` while a job of it is not at its end.
    pub async fn drop_cube(&self, name: &CubeName) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let info = cube(&self.specs, &mut *transaction, name.as_str()).await?;
        let name = &info.spec.name; // The name may have been asked for in another case.
        let open = transaction
            .query(
                "SELECT id, state FROM jobs WHERE cube = ?1 AND state NOT IN ('FINISHED', 'DISCARDED') ORDER BY created_at",
                parameters![name.as_str()],
            )
            .await?;
        if let Some(job) = open.first() {
            return Err(Error::conflict(format!(
                "cube {name} has {} open job(s), the first is {} ({}); discard or finish them, then delete the cube",
                open.len(),
                job.text(0)?,
                job.text(1)?
            )));
        }
        transaction.execute("DELETE FROM cubes WHERE id = ?1", parameters![info.id.to_string()]).await?;
        transaction.commit().await?;
        self.segments.forget(name);
        self.changes.tell(Change::Cube(name.clone()));
        Ok(())
    }

    /// Sets whether queries may use the cube.
    pub async fn enable_cube(&self, name: &CubeName, enabled: bool) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let info = cube(&self.specs, &mut *transaction, name.as_str()).await?;
        let name = &info.spec.name;
        transaction
            .execute(
                "UPDATE cubes SET enabled = ?2, updated_at = ?3 WHERE name = ?1",
                parameters![name.as_str(), i64::from(enabled), now()],
            )
            .await?;
        transaction.commit().await?;
        self.changes.tell(Change::Cube(name.clone()));
        Ok(())
    }

    /// Sets where the first build of the cube starts; partitions not named start as the
    /// specification says.
    ///
    /// # Errors
    /// `Conflict` once the cube has a segment, for which it would have no effect.
    pub async fn set_initial_offsets(
        &self,
        name: &CubeName,
        offsets: &BTreeMap<PartitionId, i64>,
    ) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let info = cube(&self.specs, &mut *transaction, name.as_str()).await?;
        let name = &info.spec.name;
        let started = transaction
            .query("SELECT 1 FROM partition_starts WHERE cube = ?1 LIMIT 1", parameters![name.as_str()])
            .await?;
        if !started.is_empty() {
            return Err(Error::conflict(format!(
                "cube {name} has been built already, so start offsets have no effect; purge it first to start again"
            )));
        }
        transaction
            .execute("DELETE FROM initial_offsets WHERE cube = ?1", parameters![name.as_str()])
            .await?;
        for (&partition, &offset) in offsets {
            transaction
                .execute(
                    "INSERT INTO initial_offsets (cube, partition, start_offset) VALUES (?1, ?2, ?3)",
                    parameters![name.as_str(), i64::from(partition), offset],
                )
                .await?;
        }
        transaction.commit().await
    }

    pub async fn initial_offsets(&self, name: &CubeName) -> Result<BTreeMap<PartitionId, i64>> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query(
                "SELECT partition, start_offset FROM initial_offsets WHERE lower(cube) = lower(?1)",
                parameters![name.as_str()],
            )
            .await?;
        rows.iter().map(|row| Ok((row.integer(0)? as PartitionId, row.integer(1)?))).collect()
    }

    /// All cubes with their segments, from one transaction.
    pub async fn snapshot(&self) -> Result<Vec<Arc<CubeSnapshot>>> {
        let mut transaction = self.database.begin().await?;
        let mut snapshots = vec![];
        for info in cubes(&self.specs, &mut *transaction).await? {
            let timeline = self.load_timeline(&mut *transaction, &info.spec.name).await?;
            snapshots.push(Arc::new(CubeSnapshot {
                model: info.model,
                spec: info.spec,
                timeline: Arc::new(timeline),
                enabled: info.enabled,
            }));
        }
        Ok(snapshots)
    }
}

async fn create_model(specs: &SpecCache, transaction: &mut dyn Transaction, model: &ModelSpec) -> Result<()> {
    for known in models(specs, transaction).await? {
        if known.name == model.name && *known == *model {
            return Ok(());
        }
        if known.name == model.name {
            return Err(Error::conflict(format!(
                "there is another model {} already; delete its cubes and the model first, or take another name",
                model.name
            )));
        }
        if known.table == model.table {
            return Err(Error::conflict(format!(
                "model {} already stands for the SQL table {}; take another table name for model {}",
                known.name, known.table, model.name
            )));
        }
    }
    transaction
        .execute(
            "INSERT INTO models (name, spec, created_at) VALUES (?1, ?2, ?3)",
            parameters![model.name.as_str(), model.to_json(), now()],
        )
        .await?;
    Ok(())
}

async fn models(specs: &SpecCache, transaction: &mut dyn Transaction) -> Result<Vec<Arc<ModelSpec>>> {
    let rows = transaction.query("SELECT spec FROM models ORDER BY name", vec![]).await?;
    specs.models(rows.iter().map(|row| row.text(0)), parse_model)
}

async fn model(specs: &SpecCache, transaction: &mut dyn Transaction, name: &str) -> Result<Arc<ModelSpec>> {
    let all = models(specs, transaction).await?;
    let names: Vec<String> = all.iter().map(|model| model.name.to_string()).collect();
    all.into_iter().find(|model| model.name.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
        Error::not_found(format!(
            "there is no model {name:?}; there are: {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        ))
    })
}

fn parse_model(spec: &str) -> Result<ModelSpec> {
    SpecFile::parse(spec).ok().and_then(|mut file| file.models.pop()).ok_or_else(|| {
        Error::data("a model in the catalog cannot be read; it was written by another version")
    })
}

async fn create_cube(
    specs: &SpecCache,
    transaction: &mut dyn Transaction,
    spec: &CubeSpec,
    owner: &str,
) -> Result<()> {
    let known = transaction
        .query("SELECT name FROM cubes WHERE lower(name) = lower(?1)", parameters![spec.name.as_str()])
        .await?;
    if let Some(row) = known.first() {
        return Err(Error::conflict(format!(
            "there is a cube {} already; delete it first, or take another name",
            row.text(0)?
        )));
    }
    let model = models(specs, transaction)
        .await?
        .into_iter()
        .find(|model| model.name == spec.model)
        .ok_or_else(|| {
            Error::invalid(format!("cube {}: there is no model {}; define it first", spec.name, spec.model))
        })?;
    let at = now();
    transaction
        .execute(
            "INSERT INTO cubes (name, id, model, spec, owner, enabled, last_commit, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 1, 0, ?6, ?6)",
            parameters![
                spec.name.as_str(),
                CubeId::fresh().to_string(),
                model.name.as_str(),
                spec.to_json(&model),
                owner,
                at
            ],
        )
        .await?;
    Ok(())
}

const CUBE_COLUMNS: &str =
    "SELECT id, model, spec, owner, enabled, created_at, updated_at FROM cubes ORDER BY name";

async fn cubes(specs: &SpecCache, transaction: &mut dyn Transaction) -> Result<Vec<CubeInfo>> {
    let models: HashMap<ModelName, Arc<ModelSpec>> =
        models(specs, transaction).await?.into_iter().map(|model| (model.name.clone(), model)).collect();
    let rows = transaction.query(CUBE_COLUMNS, vec![]).await?;
    let texts = rows.iter().map(|row| {
        let model = models.get(&ModelName::new(row.text(1)?)?);
        Ok((row.text(2)?, model.ok_or_else(|| unreadable("its model is missing"))?.clone()))
    });
    let parsed = specs.cubes(texts, parse_cube)?;
    rows.iter().zip(parsed).map(|(row, (model, spec))| decode_cube(row, model, spec)).collect()
}

fn unreadable(what: &str) -> Error {
    Error::data(format!("a cube in the catalog cannot be read: {what}"))
}

fn parse_cube(text: &str, model: &ModelSpec) -> Result<CubeSpec> {
    let file = SpecFile::parse_with(text, |name| (*name == model.name).then(|| model.clone()));
    file?.cubes.pop().ok_or_else(|| unreadable("its specification is empty"))
}

fn decode_cube(row: &Row, model: Arc<ModelSpec>, spec: Arc<CubeSpec>) -> Result<CubeInfo> {
    Ok(CubeInfo {
        id: row.text(0)?.parse()?,
        spec,
        model,
        owner: row.text(3)?.to_owned(),
        enabled: row.integer(4)? != 0,
        created_at: row.integer(5)?,
        updated_at: row.integer(6)?,
    })
}

pub(super) async fn cube(
    specs: &SpecCache,
    transaction: &mut dyn Transaction,
    name: &str,
) -> Result<CubeInfo> {
    let all = cubes(specs, transaction).await?;
    let names: Vec<String> = all.iter().map(|cube| cube.spec.name.to_string()).collect();
    all.into_iter().find(|cube| cube.spec.name.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
        Error::not_found(format!(
            "there is no cube {name:?}; there are: {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        ))
    })
}
