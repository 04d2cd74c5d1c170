//! A model: the topic, and how its messages become a table.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use super::{ClientProperties, ColumnType};
use crate::id::ModelName;
use crate::time::TimeLevel;

/// How message values are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageFormat {
    /// One JSON object a message.
    Json,
}

/// A column of the table, filled from one place in each message.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Lower case; SQL finds it without regard to case.
    pub name: String,
    pub column_type: ColumnType,
    /// Object keys from the outside in; `["user", "id"]` reads `{"user": {"id": …}}`.
    pub path: Vec<String>,
}

/// How the event-time column is written in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTimeFormat {
    EpochSeconds,
    EpochMillis,
    EpochMicros,
    /// With an offset or `Z`.
    Rfc3339,
    /// A `strftime` pattern, read as local time in `zone` unless the pattern holds an offset.
    /// A time that the zone skips is rejected; one that it repeats is the earlier of the two.
    Pattern {
        pattern: String,
        zone: chrono_tz::Tz,
    },
}

/// Which column is the event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTime {
    /// Index into [`ModelSpec::columns`]; its type is `timestamp`.
    pub column: usize,
    pub format: EventTimeFormat,
}

/// A checked model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    pub name: ModelName,
    /// The SQL table, lower case.
    pub table: String,
    pub topic: String,
    /// `host:port`, several separated by commas.
    pub brokers: String,
    pub properties: ClientProperties,
    pub format: MessageFormat,
    pub columns: Vec<Column>,
    pub event_time: EventTime,
}

impl ModelSpec {
    pub fn column(&self, name: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name.eq_ignore_ascii_case(name))
    }

    pub fn event_time_column(&self) -> &Column {
        &self.columns[self.event_time.column]
    }

    /// The columns of the messages, in the model's order.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(
            self.columns
                .iter()
                .map(|column| Field::new(&column.name, column.column_type.data_type(), true))
                .collect::<Vec<_>>(),
        ))
    }

    /// What SQL sees: the columns of the messages, then every event-time level.
    pub fn table_schema(&self) -> SchemaRef {
        let levels = TimeLevel::ALL.map(|level| Field::new(level.column(), level.data_type(), false));
        let columns = self.schema();
        Arc::new(Schema::new(
            columns.fields().iter().map(|field| field.as_ref().clone()).chain(levels).collect::<Vec<_>>(),
        ))
    }
}
