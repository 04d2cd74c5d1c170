//! The same questions asked of the raw flights with polars, which shares no code with the cubes.

use arrow::array::{Array, Int16Array, StringArray};
use cube::{Error, Result};
use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, IntoLazy, LazyFrame, NamedFrom, Series, TimeUnit, col, lit,
};

use super::answer::Rows;
use crate::produce::flights::Month;

/// All flights that were sent, as one frame. Besides the file's columns it has `day` and `month`
/// of the scheduled departure, in UTC as the cube has them.
pub(super) struct Oracle {
    flights: DataFrame,
}

impl Oracle {
    pub(super) fn new(months: &[Month]) -> Result<Self> {
        let integers = |name: &str, column: fn(&Month) -> &Int16Array| {
            let values: Vec<Option<i32>> = months
                .iter()
                .flat_map(|month| column(month).iter().map(|value| value.map(i32::from)))
                .collect();
            Column::from(Series::new(name.into(), values))
        };
        let texts = |name: &str, column: fn(&Month) -> &StringArray| {
            let values: Vec<Option<&str>> = months.iter().flat_map(|month| column(month).iter()).collect();
            Column::from(Series::new(name.into(), values))
        };
        let scheduled: Vec<i64> =
            months.iter().flat_map(|month| month.scheduled.values().iter().copied()).collect();
        let cancelled: Vec<bool> =
            months.iter().flat_map(|month| (0..month.len()).map(|row| month.dep_time.is_null(row))).collect();
        let columns = vec![
            Column::from(Series::new("scheduled_ms".into(), scheduled)),
            Column::from(Series::new("cancelled".into(), cancelled)),
            texts("carrier", |month| &month.carrier),
            texts("origin", |month| &month.origin),
            texts("dest", |month| &month.dest),
            texts("tailnum", |month| &month.tailnum),
            integers("flight", |month| &month.flight),
            integers("dep_delay", |month| &month.dep_delay),
            integers("arr_delay", |month| &month.arr_delay),
            integers("distance", |month| &month.distance),
        ];
        let flights = DataFrame::new_infer_height(columns).map_err(failed)?;
        let scheduled = col("scheduled_ms").cast(DataType::Datetime(TimeUnit::Milliseconds, None));
        let flights = flights.lazy().with_columns([
            scheduled.clone().dt().date().alias("day"),
            scheduled.dt().truncate(lit("1mo")).dt().date().alias("month"),
        ]);
        Ok(Self { flights: flights.collect().map_err(failed)? })
    }

    /// What `question` gives over all flights.
    pub(super) fn ask(&self, question: impl FnOnce(LazyFrame) -> LazyFrame) -> Result<Rows> {
        let answer = question(self.flights.clone().lazy()).collect().map_err(failed)?;
        let names = answer.get_column_names().into_iter().map(ToString::to_string).collect();
        let rows =
            (0..answer.height()).map(|row| answer.columns().iter().map(|column| cell(column, row)).collect());
        Ok(Rows { names, rows: rows.collect::<Result<_>>()? })
    }
}

/// As the REST interface writes it.
fn cell(column: &Column, row: usize) -> Result<Option<String>> {
    Ok(match column.get(row).map_err(failed)? {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(text.to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        AnyValue::Date(days) => {
            let date = chrono::DateTime::from_timestamp(i64::from(days) * 86_400, 0);
            date.map(|date| date.date_naive().to_string())
        }
        AnyValue::Boolean(value) => Some(value.to_string()),
        AnyValue::Int32(value) => Some(value.to_string()),
        AnyValue::Int64(value) => Some(value.to_string()),
        AnyValue::UInt32(value) => Some(value.to_string()),
        AnyValue::UInt64(value) => Some(value.to_string()),
        AnyValue::Float64(value) => Some(format!("{value:?}")),
        other => return Err(Error::internal(format!("the demo does not compare values like {other:?}"))),
    })
}

fn failed(error: polars::error::PolarsError) -> Error {
    Error::internal(format!("polars, which checks the answers: {error}"))
}

#[cfg(test)]
mod tests {
    use polars::prelude::len;

    use super::*;
    use crate::produce::flights::Flights;

    #[test]
    fn the_frame_has_the_numbers_that_the_readme_of_the_flights_gives() {
        let flights = Flights::embedded().unwrap();
        let months: Vec<Month> = (0..flights.months()).map(|number| flights.month(number).unwrap()).collect();
        let oracle = Oracle::new(&months).unwrap();
        let text = |rows: Rows| {
            rows.rows.into_iter().next().unwrap().into_iter().map(Option::unwrap).collect::<Vec<_>>()
        };

        let totals = oracle.ask(|flights| {
            flights.select([
                len().alias("flights"),
                col("cancelled").sum().alias("cancelled"),
                col("arr_delay").null_count().alias("no_arrival"),
                col("tailnum").null_count().alias("no_tail_number"),
                col("carrier").n_unique().alias("carriers"),
                col("dest").n_unique().alias("destinations"),
                col("distance").min().alias("shortest"),
                col("distance").max().alias("longest"),
            ])
        });
        let expected = ["336776", "8255", "9430", "2512", "16", "105", "17", "4983"];
        assert_eq!(text(totals.unwrap()), expected);

        let ends = oracle.ask(|flights| {
            flights.select([col("day").min().alias("first"), col("month").max().alias("last_month")])
        });
        assert_eq!(text(ends.unwrap()), ["2013-01-01", "2014-01-01"]);
    }
}
