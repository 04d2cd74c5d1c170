//! Measures: what a cube keeps of the messages besides its dimensions, as states that add up.
//!
//! State is not answer. Stored columns are mergeable states; division, cardinality, rounding and
//! overflow happen last, in [`States::answer`]. The law, for any split of the rows and any order:
//! `answer(merge(update(a), update(b))) == answer(update(a ++ b))`; exactly for all measures but
//! float sums, which agree to rounding.
//!
//! | function | state columns | merge | answer | file |
//! |---|---|---|---|---|
//! | `count` (rows, or values that are not NULL) | `NAME: Int64` | add | the number | `count.rs` |
//! | `sum` of integers and decimals | `NAME: Decimal128(38, scale)`, NULL: no value yet | add, checked | the sum; an error where it leaves the type | `sum.rs` |
//! | `sum` of floats | `NAME: Float64`, NULL: no value yet | add | the sum | `sum.rs` |
//! | `avg` | `NAME__sum` as for `sum`, `NAME__n: Int64` | add | sum / n | `avg.rs` |
//! | `min`, `max` | `NAME` of the column's type | keep | the value | `extreme.rs` |
//! | `count_distinct` of integers, exact | `NAME: Binary`, 64-bit roaring, portable format | union | cardinality | `distinct.rs` |
//! | `approx_count_distinct` | `NAME: Binary`, Apache DataSketches HLL | union | estimate | `sketch.rs` |
//!
//! A new measure is one file with a type that implements [`States`], one variant of
//! [`Function`], and one line each in [`Measure::state_fields`] and [`Measure::states`].

mod avg;
mod count;
mod distinct;
mod extreme;
mod sketch;
mod sum;

use std::any::Any;
use std::fmt;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};
use serde::{Deserialize, Serialize};

use crate::spec::ColumnType;
use crate::{Error, Result};

pub use sketch::{HLL_DEFAULT_LG_K, hll_relative_error};

/// What a measure computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Rows if the measure has no input, else values that are not NULL.
    Count,
    Sum,
    Avg,
    Min,
    Max,
    /// Exact, over integers.
    CountDistinct,
    /// HyperLogLog with `2^lg_k` registers, over anything.
    ApproxCountDistinct {
        lg_k: u8,
    },
}

impl Function {
    /// The name in specifications.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::CountDistinct => "count_distinct",
            Self::ApproxCountDistinct { .. } => "approx_count_distinct",
        }
    }
}

/// The model's column a measure reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// Index into [`crate::spec::ModelSpec::columns`].
    pub column: usize,
    pub column_type: ColumnType,
}

/// A checked measure of a cube.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Measure {
    /// Names the state columns; lower case.
    pub name: String,
    pub function: Function,
    /// `None` only for COUNT(*).
    pub input: Option<Input>,
}

impl Measure {
    /// # Errors
    /// `Invalid` if the function has no meaning over the type.
    pub fn new(name: impl Into<String>, function: Function, input: Option<Input>) -> Result<Self> {
        let name = name.into();
        let refuse = |accepted: &str| {
            let found = input.map_or("no column".to_owned(), |input| input.column_type.to_string());
            Err(Error::invalid(format!(
                "measure {name}: {} over {found} is not accepted; it takes {accepted}",
                function.name()
            )))
        };
        match (function, input.map(|input| input.column_type)) {
            (Function::Count, _) | (Function::ApproxCountDistinct { lg_k: 4..=21 }, Some(_)) => {}
            (Function::Sum | Function::Avg, Some(t)) if t.is_numeric() => {}
            (Function::Min | Function::Max, Some(_)) => {}
            (Function::CountDistinct, Some(t)) if t.is_integer() => {}
            (Function::Sum | Function::Avg, _) => return refuse("a numeric column"),
            (Function::Min | Function::Max, _) => return refuse("a column"),
            (Function::CountDistinct, _) => {
                return refuse("an integer or bigint column (approx_count_distinct takes any)");
            }
            (Function::ApproxCountDistinct { .. }, _) => return refuse("a column, and lg_k from 4 to 21"),
        }
        Ok(Self { name, function, input })
    }

    fn column_type(&self) -> ColumnType {
        self.input.map_or(ColumnType::BigInt, |input| input.column_type)
    }

    /// The stored columns, in order.
    pub fn state_fields(&self) -> Vec<Field> {
        let name = &self.name;
        let sum_type = sum::state_type(self.column_type());
        match self.function {
            Function::Count => vec![Field::new(name, DataType::Int64, false)],
            Function::Sum => vec![Field::new(name, sum_type, true)],
            Function::Avg => vec![
                Field::new(format!("{name}__sum"), sum_type, true),
                Field::new(format!("{name}__n"), DataType::Int64, false),
            ],
            Function::Min | Function::Max => vec![Field::new(name, self.column_type().data_type(), true)],
            Function::CountDistinct | Function::ApproxCountDistinct { .. } => {
                vec![Field::new(name, DataType::Binary, true)]
            }
        }
    }

    /// Fresh states for no groups.
    pub fn states(&self) -> Box<dyn States> {
        let name = self.name.clone();
        let column_type = self.column_type();
        match self.function {
            Function::Count => Box::new(count::CountStates::default()),
            Function::Sum => sum::states(name, column_type),
            Function::Avg => avg::states(name, column_type),
            Function::Min => extreme::states(column_type, extreme::Keep::Least),
            Function::Max => extreme::states(column_type, extreme::Keep::Greatest),
            Function::CountDistinct => Box::new(distinct::DistinctStates::default()),
            Function::ApproxCountDistinct { lg_k } => Box::new(sketch::SketchStates::new(lg_k)),
        }
    }

    /// The type of [`States::answer`].
    pub fn answer_type(&self) -> DataType {
        match (self.function, self.column_type()) {
            (Function::Count | Function::CountDistinct, _) => DataType::Int64,
            (Function::ApproxCountDistinct { .. }, _) => DataType::UInt64,
            (Function::Sum, column_type) => sum::answer_type(column_type),
            (Function::Avg, column_type) => avg::answer_type(column_type),
            (Function::Min | Function::Max, column_type) => column_type.data_type(),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.function.name(), self.name)
    }
}

/// The states of one measure for many groups: group `g` is the `g`-th entry of every vector.
///
/// Groups are dense numbers given out by whoever knows the keys; a call that names group `g`
/// comes after [`States::grow`] to more than `g`.
pub trait States: Any + Send + Sync + fmt::Debug {
    /// Adds groups in the empty state until there are `groups`, which is never below their present
    /// number: a state that was counted is never forgotten.
    fn grow(&mut self, groups: usize);

    /// Adds raw values: `values[i]` to group `groups[i]`. `None` only for COUNT(*).
    ///
    /// # Errors
    /// `Data` if an exact state leaves its type.
    fn update(&mut self, groups: &[u32], values: Option<&ArrayRef>) -> Result<()>;

    /// Adds the states of `other`, which has the same type: its group `i` to group `groups[i]`.
    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()>;

    /// Adds stored states: row `i` of the columns of [`Measure::state_fields`] to `groups[i]`.
    ///
    /// # Errors
    /// `Data` if stored bytes are not such a state.
    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()>;

    /// The states of groups `order[0], order[1], …` as the columns of [`Measure::state_fields`].
    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>>;

    /// What SQL answers for groups `0, 1, …`, of [`Measure::answer_type`].
    ///
    /// # Errors
    /// `Data` if the answer does not fit its type.
    fn answer(&self) -> Result<ArrayRef>;

    /// Bytes held, about.
    fn memory(&self) -> usize;

    /// For [`States::merge`], which needs the concrete type back.
    fn as_any(&self) -> &dyn Any;
}

/// The concrete states behind `other`.
fn same<T: 'static>(other: &dyn States) -> Result<&T> {
    other.as_any().downcast_ref().ok_or_else(|| Error::internal("states of different measures were merged"))
}

/// A stored state column as its concrete array.
fn column<T: 'static>(columns: &[ArrayRef], index: usize) -> Result<&T> {
    columns.get(index).and_then(|column| column.as_any().downcast_ref::<T>()).ok_or_else(|| {
        Error::data(format!("state column {index} is missing or has another type than written"))
    })
}

fn values(values: Option<&ArrayRef>) -> Result<&ArrayRef> {
    values.ok_or_else(|| Error::internal("a measure over a column was given no column"))
}

#[cfg(test)]
pub(crate) mod tests;
