//! Values in the place of `$1`, `$2`, … (`?` is numbered before, see [`super::tokens`]).
//!
//! They become literals of the parsed statement, so that a value can never be read as SQL, and
//! bounds of event time are constants when cuboids are chosen.

use std::ops::ControlFlow;

use cube::{Error, Result};
use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Query, TimezoneInfo, TypedString, Value, VisitMut, VisitorMut,
};

use crate::Param;

/// # Errors
/// `Invalid` if there are more or fewer values than placeholders, or a value is not what its type
/// says.
pub(super) fn bind(query: &mut Query, params: &[Param]) -> Result<()> {
    let mut binder = Binder { params, count: 0 };
    if let ControlFlow::Break(error) = query.visit(&mut binder) {
        return Err(error);
    }
    if binder.count != params.len() {
        let s = |count: usize| if count == 1 { "" } else { "s" };
        return Err(Error::invalid(format!(
            "the statement has {} placeholder{}, but {} value{} came with it; send one value for each",
            binder.count,
            s(binder.count),
            params.len(),
            s(params.len()),
        )));
    }
    Ok(())
}

struct Binder<'a> {
    params: &'a [Param],
    /// The highest number that a placeholder has.
    count: usize,
}

impl VisitorMut for Binder<'_> {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let Expr::Value(value) = expr else { return ControlFlow::Continue(()) };
        let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
        let Some(number) = number(name) else {
            return ControlFlow::Break(Error::invalid(format!(
                "{name} is no placeholder; use ? or $1, $2, …"
            )));
        };
        self.count = self.count.max(number);
        // Missing ones are counted first, so that the error can name their number.
        let Some(param) = self.params.get(number - 1) else { return ControlFlow::Continue(()) };
        match literal(param) {
            Ok(literal) => *expr = literal,
            Err(error) => {
                return ControlFlow::Break(Error::invalid(format!(
                    "value {number} of the statement: {error}"
                )));
            }
        }
        ControlFlow::Continue(())
    }
}

fn number(placeholder: &str) -> Option<usize> {
    placeholder.get(1..)?.parse().ok().filter(|&number| number > 0)
}

fn literal(param: &Param) -> Result<Expr> {
    Ok(match param {
        Param::Null => Expr::value(Value::Null),
        Param::Int(number) => Expr::value(Value::Number(number.to_string(), false)),
        Param::Double(number) => cast(number.to_string(), DataType::Double(ExactNumberInfo::None)),
        Param::Decimal(text) => {
            let digits = Digits::of(text)?;
            cast(digits.plain(), DataType::Decimal(digits.precision_and_scale()))
        }
        Param::Text(text) => Expr::value(Value::SingleQuotedString(text.clone())),
        Param::Bool(value) => Expr::value(Value::Boolean(*value)),
        Param::Date(text) => typed(text, DataType::Date),
        Param::Timestamp(text) => typed(text, DataType::Timestamp(None, TimezoneInfo::None)),
    })
}

fn cast(text: String, data_type: DataType) -> Expr {
    let expr = Box::new(Expr::value(Value::SingleQuotedString(text)));
    Expr::Cast { kind: CastKind::Cast, expr, data_type, array: false, format: None }
}

fn typed(text: &str, data_type: DataType) -> Expr {
    let value = Value::SingleQuotedString(text.to_owned()).with_empty_span();
    Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
}

/// A decimal number as Java writes it.
struct Digits<'a> {
    negative: bool,
    /// All digits without the point; the last `scale` of them are behind it.
    digits: String,
    scale: usize,
    text: &'a str,
}

impl<'a> Digits<'a> {
    fn of(text: &'a str) -> Result<Self> {
        let wrong = || Error::invalid(format!("{text:?} is no decimal number; send digits such as -12.50"));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| wrong())?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let mut digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let scale = fraction.len() as i64 - i64::from(exponent);
        if scale.unsigned_abs() > 38 {
            return Err(wrong());
        }
        digits.push_str(&"0".repeat(usize::try_from(-scale).unwrap_or(0)));
        let scale = usize::try_from(scale).unwrap_or(0);
        let leading = digits.len().saturating_sub(digits.trim_start_matches('0').len());
        digits.drain(..leading.min(digits.len().saturating_sub(scale + 1)));
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let found = Self { negative: mantissa.starts_with('-'), digits, scale, text };
        if found.digits.len() > 38 { Err(found.too_long()) } else { Ok(found) }
    }

    fn too_long(&self) -> Error {
        Error::invalid(format!(
            "{:?} has more than the 38 digits that a DECIMAL holds; send a double",
            self.text
        ))
    }

    fn plain(&self) -> String {
        let (whole, fraction) = self.digits.split_at(self.digits.len() - self.scale);
        let (sign, point) =
            (if self.negative { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
        format!("{sign}{whole}{point}{fraction}")
    }

    fn precision_and_scale(&self) -> ExactNumberInfo {
        ExactNumberInfo::PrecisionAndScale(self.digits.len() as u64, self.scale as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_as_java_writes_them() {
        for (text, plain, precision, scale) in [
            ("12.50", "12.50", 4, 2),
            ("-0.05", "-0.05", 3, 2),
            ("1E+3", "1000", 4, 0),
            ("1.5E-3", "0.0015", 5, 4),
            ("007", "7", 1, 0),
            (".5", "0.5", 2, 1),
            ("0", "0", 1, 0),
        ] {
            let digits = Digits::of(text).unwrap();
            assert_eq!(digits.plain(), plain, "{text}");
            assert_eq!(
                digits.precision_and_scale(),
                ExactNumberInfo::PrecisionAndScale(precision, scale),
                "{text}"
            );
        }
        for text in ["", "-", "1,5", "1e", "1e999", "0x1", "9999999999999999999999999999999999999999"] {
            assert!(Digits::of(text).is_err(), "{text}");
        }
    }
}
