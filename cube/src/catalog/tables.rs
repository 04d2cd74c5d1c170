//! Tables over topics that were declared before there is a model on them.
//!
//! The catalog does not look into their descriptions: whoever makes a model of one checks it.

use super::database::parameters;
use super::{Catalog, now};
use crate::{Error, Result};

impl Catalog {
    /// Names and descriptions, JSON, by name.
    pub async fn tables(&self) -> Result<Vec<(String, String)>> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction.query("SELECT name, spec FROM tables ORDER BY name", parameters![]).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).collect()
    }

    /// Declares a table; `name` in lower case.
    ///
    /// # Errors
    /// `Conflict` if a model has a table of that name, or, unless it is to `replace` it, if one was
    /// declared that is not the same.
    pub async fn put_table(&self, name: &str, spec: &str, replace: bool) -> Result<()> {
        if let Some(model) = self.models().await?.iter().find(|model| model.table == name) {
            return Err(Error::conflict(format!(
                "table {name} belongs to model {}; delete that model first, or use another name",
                model.name
            )));
        }
        let mut transaction = self.database.begin().await?;
        let known = transaction.query("SELECT spec FROM tables WHERE name = ?1", parameters![name]).await?;
        if let Some(known) = known.first()
            && !replace
            && known.text(0)? != spec
        {
            return Err(Error::conflict(format!(
                "table {name} is declared otherwise; replace it with PUT, or use another name"
            )));
        }
        transaction
            .execute(
                "INSERT INTO tables (name, spec, updated_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET spec = ?2, updated_at = ?3",
                parameters![name, spec, now()],
            )
            .await?;
        transaction.commit().await
    }

    /// Forgets a table that was declared; models keep their own.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn drop_table(&self, name: &str) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let dropped = transaction.execute("DELETE FROM tables WHERE name = ?1", parameters![name]).await?;
        if dropped == 0 {
            return Err(Error::not_found(format!(
                "no table {name} was declared; list tables with GET /kylin/api/tables"
            )));
        }
        transaction.commit().await
    }
}
