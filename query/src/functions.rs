//! Functions of time that Calcite and ODBC have and DataFusion lacks; [`crate::sql`] puts them in
//! the place of `FLOOR(x TO unit)`, `CEIL(x TO unit)`, TIMESTAMPADD and TIMESTAMPDIFF.

mod calendar;
mod ticks;
mod unit;

use std::sync::Arc;

use cube::Error;
use datafusion::arrow::array::{Array, ArrayRef, Int64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::error::into_datafusion;
use ticks::Ticks;
pub(crate) use unit::Unit;

pub(crate) const FLOOR: &str = "floor_to";
pub(crate) const CEIL: &str = "ceil_to";
pub(crate) const ADD: &str = "timestampadd";
pub(crate) const DIFFERENCE: &str = "timestampdiff";

const MICROS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

pub(crate) fn all() -> Vec<Arc<ScalarUDF>> {
    let signature = Signature::user_defined(Volatility::Immutable);
    [Kind::Floor, Kind::Ceil, Kind::Add, Kind::Difference]
        .map(|kind| Arc::new(ScalarUDF::from(TimeFunction { kind, signature: signature.clone() })))
        .into()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// (unit, time)
    Floor,
    /// (unit, time)
    Ceil,
    /// (unit, count, time)
    Add,
    /// (unit, from, to): whole units from one to the other.
    Difference,
}

/// A function whose first argument is a unit.
#[derive(Debug, PartialEq, Eq, Hash)]
struct TimeFunction {
    kind: Kind,
    signature: Signature,
}

impl TimeFunction {
    fn argument_count(&self) -> usize {
        if matches!(self.kind, Kind::Floor | Kind::Ceil) { 2 } else { 3 }
    }

    /// What a time has to be for this function; text is read as a timestamp.
    fn time_type(&self, given: &DataType) -> Result<DataType> {
        match given {
            DataType::Date32 | DataType::Timestamp(..) if self.kind == Kind::Difference => Ok(MICROS),
            DataType::Date32 | DataType::Timestamp(..) => Ok(given.clone()),
            DataType::Date64 | DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Ok(MICROS)
            }
            other => Err(invalid(format!(
                "{} takes a date or a timestamp, not {other}; cast it to TIMESTAMP",
                self.name()
            ))),
        }
    }

    /// A day has no hours, so a date becomes a timestamp where hours are added to it.
    fn answer_type(&self, unit: Unit, time: &DataType) -> DataType {
        match (self.kind, time) {
            (Kind::Difference, _) => DataType::Int64,
            (Kind::Add, DataType::Date32) if !unit.is_whole_days() => MICROS,
            _ => time.clone(),
        }
    }

    fn unit(&self, literal: Option<&ScalarValue>) -> Result<Unit> {
        match literal.and_then(|literal| literal.try_as_str().flatten()) {
            Some(name) => name.parse().map_err(into_datafusion),
            None => {
                Err(invalid(format!("the unit of {} is no constant; use {}", self.name(), Unit::names())))
            }
        }
    }

    /// One value; `None` if it is out of the calendar.
    fn compute(&self, unit: Unit, first: i64, time: i64, from: Ticks, to: Ticks) -> Option<i64> {
        let (micros, nanos) = from.split(time)?;
        match self.kind {
            Kind::Floor => to.join(calendar::floor(unit, micros)?, 0),
            // The next microsecond, if the time lies behind this one, is on a border at the latest.
            Kind::Ceil => to.join(calendar::ceil(unit, micros + i64::from(nanos > 0))?, 0),
            Kind::Add => to.join(calendar::add(unit, first, micros)?, nanos),
            Kind::Difference => calendar::difference(unit, first, micros),
        }
    }

    fn values(
        &self,
        unit: Unit,
        first: Option<&ArrayRef>,
        times: &ArrayRef,
        to: &DataType,
    ) -> Result<ArrayRef> {
        let unknown = || invalid(format!("{} does not count in {}", self.name(), times.data_type()));
        let from = Ticks::of(times.data_type()).ok_or_else(unknown)?;
        let into = Ticks::of(to).unwrap_or(Ticks::Micros);
        let counted = ticks::to_numbers(times)?;
        let first = first.map(ticks::to_numbers).transpose()?;
        let value = |i: usize| {
            let given = first.as_ref().is_none_or(|first| first.is_valid(i));
            if !given || counted.is_null(i) {
                return Ok(None);
            }
            let (first, time) = (first.as_ref().map_or(0, |first| first.value(i)), counted.value(i));
            let computed = self.compute(unit, first, time, from, into);
            computed.map(Some).ok_or_else(|| self.out_of_range(unit, first, times, i))
        };
        let values: Int64Array = (0..counted.len()).map(value).collect::<Result<Vec<_>>>()?.into();
        if *to == DataType::Int64 { Ok(Arc::new(values)) } else { ticks::of_numbers(&values, to) }
    }

    fn out_of_range(
        &self,
        unit: Unit,
        first: i64,
        times: &ArrayRef,
        i: usize,
    ) -> datafusion::error::DataFusionError {
        let time =
            ScalarValue::try_from_array(times, i).map_or_else(|_| "the time".into(), |time| time.to_string());
        let with = if self.kind == Kind::Add { format!(" with {first}") } else { String::new() };
        invalid(format!(
            "{} to {unit} of {time}{with} lies outside of the years 1 to 9999; filter such times out",
            self.name()
        ))
    }
}

impl ScalarUDFImpl for TimeFunction {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Floor => FLOOR,
            Kind::Ceil => CEIL,
            Kind::Add => ADD,
            Kind::Difference => DIFFERENCE,
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match (self.kind, given) {
            (Kind::Floor | Kind::Ceil, [_, time]) => Ok(vec![DataType::Utf8, self.time_type(time)?]),
            (Kind::Add, [_, _, time]) => Ok(vec![DataType::Utf8, DataType::Int64, self.time_type(time)?]),
            (Kind::Difference, [_, from, to]) => {
                Ok(vec![DataType::Utf8, self.time_type(from)?, self.time_type(to)?])
            }
            _ => Err(invalid(format!(
                "{} takes {} arguments, not {}",
                self.name(),
                self.argument_count(),
                given.len()
            ))),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        datafusion::common::internal_err!("the type of {} depends on its unit", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let unit = self.unit(args.scalar_arguments.first().copied().flatten())?;
        let times = args.arg_fields.iter().skip(1);
        let nullable = times.clone().any(|field| field.is_nullable());
        let time = times.last().map_or(&MICROS, |field| field.data_type());
        Ok(Arc::new(Field::new(self.name(), self.answer_type(unit, time), nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let unit = match args.args.first() {
            Some(ColumnarValue::Scalar(unit)) => self.unit(Some(unit))?,
            _ => self.unit(None)?,
        };
        let arrays = ColumnarValue::values_to_arrays(args.args.get(1..).unwrap_or_default())?;
        let to = args.return_field.data_type();
        let values = if self.argument_count() == 2 {
            let [times] = take_function_args(self.name(), arrays)?;
            self.values(unit, None, &times, to)?
        } else {
            let [first, times] = take_function_args(self.name(), arrays)?;
            self.values(unit, Some(&first), &times, to)?
        };
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?));
        }
        Ok(ColumnarValue::Array(values))
    }
}

fn invalid(message: String) -> datafusion::error::DataFusionError {
    into_datafusion(Error::invalid(message))
}
