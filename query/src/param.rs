//! Values for the placeholders of a statement.

/// One value, typed as its sender typed it.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    Null,
    Int(i64),
    Double(f64),
    /// Digits, as in `-12.50` or `1E+3`.
    Decimal(String),
    Text(String),
    Bool(bool),
    /// `2024-01-31`
    Date(String),
    /// `2024-01-31 23:59:59.999`, UTC.
    Timestamp(String),
}
