//! Queries that people keep.

use super::database::{Row, parameters};
use super::{Catalog, now};
use crate::id::SavedQueryId;
use crate::{Error, Result};

/// A query under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    pub id: SavedQueryId,
    pub name: String,
    pub project: String,
    pub sql: String,
    pub description: String,
    pub owner: String,
    /// Milliseconds since the epoch, UTC; set by [`Catalog::save_query`].
    pub updated_at: i64,
}

impl Catalog {
    /// Those of one owner, or all, by name.
    pub async fn saved_queries(&self, owner: Option<&str>) -> Result<Vec<SavedQuery>> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query(
                "SELECT id, name, project, sql, description, owner, updated_at FROM saved_queries
                 WHERE ?1 IS NULL OR owner = ?1 ORDER BY name, id",
                parameters![owner],
            )
            .await?;
        rows.iter().map(decode).collect()
    }

    /// # Errors
    /// `NotFound`.
    pub async fn saved_query(&self, id: SavedQueryId) -> Result<SavedQuery> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query(
                "SELECT id, name, project, sql, description, owner, updated_at FROM saved_queries WHERE id = ?1",
                parameters![id.to_string()],
            )
            .await?;
        rows.first().map(decode).unwrap_or_else(|| Err(unknown(id)))
    }

    /// Keeps a query, in the place of the one with its id if there is one.
    ///
    /// # Errors
    /// `Invalid` without a name or without SQL.
    pub async fn save_query(&self, query: SavedQuery) -> Result<SavedQuery> {
        for (field, text) in [("name", &query.name), ("sql", &query.sql)] {
            if text.trim().is_empty() {
                return Err(Error::invalid(format!("{field} of the saved query is empty; give it one")));
            }
        }
        let query = SavedQuery { updated_at: now(), ..query };
        let mut transaction = self.database.begin().await?;
        transaction
            .execute(
                "INSERT INTO saved_queries (id, name, project, sql, description, owner, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, project = ?3, sql = ?4, description = ?5, owner = ?6,
                     updated_at = ?7",
                parameters![
                    query.id.to_string(),
                    query.name.as_str(),
                    query.project.as_str(),
                    query.sql.as_str(),
                    query.description.as_str(),
                    query.owner.as_str(),
                    query.updated_at
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(query)
    }

    /// # Errors
    /// `NotFound`.
    pub async fn delete_query(&self, id: SavedQueryId) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let deleted = transaction
            .execute("DELETE FROM saved_queries WHERE id = ?1", parameters![id.to_string()])
            .await?;
        if deleted == 0 {
            return Err(unknown(id));
        }
        transaction.commit().await
    }
}

fn unknown(id: SavedQueryId) -> Error {
    Error::not_found(format!("there is no saved query {id}; list them with GET /kylin/api/saved_queries"))
}

fn decode(row: &Row) -> Result<SavedQuery> {
    Ok(SavedQuery {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        project: row.text(2)?.to_owned(),
        sql: row.text(3)?.to_owned(),
        description: row.text(4)?.to_owned(),
        owner: row.text(5)?.to_owned(),
        updated_at: row.integer(6)?,
    })
}
